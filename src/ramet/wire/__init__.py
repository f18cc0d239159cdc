"""The codecs of the two streams between a session and its process. No I/O: bytes in, values out, and the reverse."""
