"""What a cell printed and showed, in the room that there is."""

from __future__ import annotations

import base64

from ramet.model.output import Display, Omitted, RichValue, Text
from ramet.render.body import Shown, fitted, pieces


def shown(text: str, **forms: object) -> Display:
    """A displayed value with a plain form, and others by the last part of their type."""
    data = {"text/plain": text, **{mime.replace("_", "/"): form for mime, form in forms.items()}}
    return Display(value=RichValue(data=data))


def told(*outputs: Text | Display | Omitted, room: int = 2000) -> list[str]:
    """What is said of `outputs`."""
    found = fitted(pieces(outputs), room, handle="out:7")
    return [one.words if isinstance(one, Shown) else one for one in found]


def test_all_is_shown_where_it_fits() -> None:
    """In order."""
    assert told(Text(text="a"), Text(text="b\n"), shown("c"), Text(text="d\n")) == ["ab", "c", "d"]


def test_the_longest_piece_is_shortened_first() -> None:
    """The others stay whole."""
    first, value, last = told(Text(text="short\n"), shown("word\n" * 3000 + "end"), Text(text="tail"), room=900)
    assert (first, last) == ("short", "tail")
    assert len(value) < 900
    assert value.endswith("end")


def test_of_too_many_displays_the_middle_is_left_out() -> None:
    """With the lines to read them by; each that is shown is shown whole."""
    texts = told(*(shown(f"value {n} " + "x" * 90) for n in range(500)))
    assert sum(map(len, texts)) + len(texts) <= 2000
    assert texts[0].startswith("value 0 ")
    assert texts[-1].startswith("value 499 ")
    gap = next(text for text in texts if "left out" in text)
    after = texts[texts.index(gap) + 1]
    first, last = texts.index(gap) + 1, int(after.split()[1])
    assert gap == f"... {last - first + 1} displays left out here; to see them, read out:7 lines {first}-{last} ..."


def test_many_pieces_of_text_between_displays_stay_within_the_room() -> None:
    """However little would be left of each."""
    outputs = [output for n in range(300) for output in (Text(text="x" * 200 + "\n"), shown(str(n)))]
    texts = told(*outputs)
    assert sum(map(len, texts)) + len(texts) <= 2000
    assert any("displays and" in text and "printed characters left out here" in text for text in texts)


def test_lines_are_counted_as_the_journal_counts_them() -> None:
    """Blank text, values of several lines, and what was too much to keep."""
    outputs = (Text(text="\n\n"), shown("a\nb\n"), Omitted(characters=99, lines=40), shown(""), Text(text="c"))
    assert [piece.line for piece in pieces(outputs)] == [1, 3, 6, 46, 46]


def test_parts_of_a_picture_are_not_told_beside_it() -> None:
    """Names and addresses of what was drawn say nothing; other values stay."""
    picture = shown("Figure", image_png=b"png")
    drawn = ("[<matplotlib.lines.Line2D at 0x7f91d8369690>]", "<Axes: title={'center': 'a'}>", "Text(0.5, 1.0, 'x')")
    for text in (*drawn, "array([[<Axes: >, <Axes: >]], dtype=object)", "(<Axes: >,\n <Axes: >)"):
        assert told(shown(text), picture) == ["", "Figure"]
        assert told(shown(text)) == [text]
    assert told(shown("(array([1.]), <Axes: >)"), picture)[0].startswith("(array([1.])")


def test_what_a_player_would_play() -> None:
    """Not what its HTML says to browsers that cannot."""
    sound = base64.b64encode(b"RIFF....WAVE").decode()
    html = f'<audio controls="controls"><source src="data:audio/wav;base64,{sound}" type="audio/wav" />No!</audio>'
    assert told(shown("<IPython.lib.display.Audio object>", text_html=html)) == ["WAV audio, 12 bytes"]


def test_what_cannot_be_read_elsewhere_has_no_handle() -> None:
    """The lines of a cell have the plain form, not what was made of the HTML."""
    html = "<table>" + "".join(f"<tr><td>{n}</td></tr>" for n in range(5000)) + "</table>"
    (text,) = told(shown("<IPython.core.display.HTML object>", text_html=html))
    assert "lines (" in text
    assert "left out here ..." in text
    assert "out:7" not in text
