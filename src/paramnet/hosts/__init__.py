"""Host models: Fortran models that call a scheme in place of their own."""
