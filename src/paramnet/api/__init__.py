"""The Python API: commands as functions, and schemes applied to xarray Datasets. Users find it in ``paramnet`` itself."""
