"""Follow a cell while it runs, answer its questions, and stop it, with the asynchronous classes."""

from __future__ import annotations

import asyncio

import ramet

CODE = """\
name = input('Who is there? ')
n = 0
while True:
    n += 1
    print(f'{name}, round {n}')
    await asyncio.sleep(0.05)
"""


async def main() -> None:
    """Answer the question, let three rounds pass, interrupt."""
    async with ramet.AsyncSession(shell="python") as session:
        await session.run("import asyncio")
        execution = await session.submit(CODE)
        async for event in execution:
            match event:
                case ramet.InputRequested(prompt=prompt):
                    print(f"the code asks: {prompt}")
                    await session.answer("Ada")
                case ramet.Text(text=text):
                    print(text, end="")
                    if "round 3" in text:
                        await session.interrupt()
                case ramet.StateChanged(state=state):
                    print(f"({state.name.lower()})")
                case ramet.Ended(result=result):
                    print(f"after {result.seconds:.1f} s: {result.outcome}")


if __name__ == "__main__":
    asyncio.run(main())
