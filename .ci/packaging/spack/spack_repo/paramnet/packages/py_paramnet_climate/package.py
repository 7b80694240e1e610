# Package of Spack. Version and hash: .ci/packaging/release.py; requirements: tests/unit/test_recipes.py.
from spack_repo.builtin.build_systems.python import PythonPackage

from spack.package import *


class PyParamnetClimate(PythonPackage):
    """Replace a climate model's convection scheme with a neural network: data, training,
    export, a Fortran bridge and coupled runs."""

    homepage = "https://pypi.org/project/paramnet-climate/"
    pypi = "paramnet-climate/paramnet_climate-0.1.0.tar.gz"

    license("BSD-3-Clause AND MIT", checked_by="paramnet")

    version("0.1.0", sha256="0000000000000000000000000000000000000000000000000000000000000000")

    variant("plugin", default=True, description="libtorch plug-in, for schemes without a native program and for GPUs")
    variant("recorder", default=True, description="Fortran module paramnet_record, which writes training data")
    variant("plasim", default=False, description="What paramnet host needs to build PlaSim")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("fortran", type="build")

    with default_args(type="build"):
        depends_on("py-scikit-build-core@1.0:")
        depends_on("nlohmann-json@3.10:")

    # Also at run time: `paramnet bridge install` and `paramnet host` compile.
    with default_args(type=("build", "run")):
        depends_on("cmake@3.24:")
        depends_on("ninja")

    with default_args(type=("build", "run")):
        depends_on("python@3.11:")
        depends_on("py-torch@2.8:")
        depends_on("py-numpy@1.26:")
        depends_on("py-netcdf4@1.7:")
        depends_on("py-h5py@3.10:")
        depends_on("py-dask@2024.10:")
        depends_on("py-distributed@2024.10:")
        depends_on("py-zarr@3.0:")
        depends_on("py-numcodecs@0.14:")
        depends_on("py-google-crc32c@1.5:")
        depends_on("py-pytorch-lightning@2.5:")
        depends_on("py-hydra-core@1.3")
        depends_on("py-omegaconf@2.3")
        depends_on("py-pybind11@3.0:")
        depends_on("py-pyyaml@6:")
        depends_on("py-matplotlib@3.9:")
        depends_on("py-jinja2@3.1:")
        depends_on("py-markupsafe@2:")
        depends_on("py-rich@13:")
        depends_on("py-cftime@1.6:")
        depends_on("py-xarray@2025.1:")

    depends_on("netcdf-c", type=("build", "link", "run"), when="+recorder")
    depends_on("netcdf-fortran", type="run", when="+plasim")
    depends_on("pkgconfig", type="run", when="+plasim")
    depends_on("mpi", type="run", when="+plasim")

    @run_after("install")
    def install_bridge(self):
        """Libraries, modules, CMake and pkg-config packages in the prefix, where Spack looks for them."""
        options = ["--torch", "ON" if self.spec.satisfies("+plugin") else "OFF", "--jobs", str(make_jobs)]
        packages = join_path(self.prefix, self.spec["python"].package.platlib)
        with set_env(PYTHONPATH=f"{packages}:{env.get('PYTHONPATH', '')}"):
            python("-m", "paramnet", "bridge", "install", self.prefix, *options)

    def setup_run_environment(self, env: EnvironmentModifications) -> None:
        env.set("PARAMNET_BRIDGE_DIR", self.prefix)
