"""Coupled runs: fetch, build and run the Fortran host with a scheme in it, and compare climates."""
