"""The part of ramet that runs in the user's interpreter.

It is put on no path and installed nowhere: the zygote's bootstrap loads this folder under the private name
`_ramet_worker`, so that nothing in it can shadow or be shadowed by the user's modules. Hence the rules: standard
library only (IPython and matplotlib where the user has them), Python 3.9 and newer, relative imports only.
"""
