"""paramnet: the road from superparameterized output to a neural network inside a Fortran climate model.

The rooms, in the order a sample walks through them: ``contract`` → ``preprocessing`` → ``training`` →
``evaluation`` → ``exporting`` → ``bridge`` → ``hosts``.
"""

__version__ = "0.1.0"
