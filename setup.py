"""Put data and plans into the wheel; everything else is in pyproject.toml.

A checkout has them at its root, where people read and edit them. A package can only carry what lies
in its own folder, so building copies them to `flows/_bundled`, where `flows.bundled` finds them.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

# By suffix, so that stores, caches and hidden files that lie among them stay out.
BUNDLED = (
    "data/**/*.csv",
    "data/**/*.json",
    "data/**/*.md",
    "data/**/*.tsv",
    "data/**/*.yaml",
    "plans/*.yaml",
    "prefect.yaml",
    "prefect-automations.yaml",
)


def bundled():
    """Return the paths of the files to carry, relative to the checkout."""
    return sorted(str(path) for pattern in BUNDLED for path in Path().glob(pattern))


class BuildWithData(build_py):
    """Copies data and plans beside the modules, unless the install is editable."""

    def run(self):
        """Build from nothing: setuptools packs whatever an earlier build left in build/lib."""
        if not self.editable_mode:
            for package in {name.partition(".")[0] for name in self.packages}:
                shutil.rmtree(Path(self.build_lib, package), ignore_errors=True)
        super().run()
        for target, source in self._copies().items():
            Path(target).parent.mkdir(parents=True, exist_ok=True)
            self.copy_file(source, target)

    def _copies(self):
        if self.editable_mode:  # `flows.bundled` then finds them in the checkout
            return {}
        return {str(Path(self.build_lib, "flows", "_bundled", path)): path for path in bundled()}

    def get_output_mapping(self):
        """Name the copies too: installers ask for what was built."""
        return {**super().get_output_mapping(), **self._copies()}

    def get_outputs(self, include_bytecode=True):
        """Name the copies too."""
        return [*super().get_outputs(include_bytecode), *self._copies()]

    def get_source_files(self):
        """Name what is copied: a source distribution holds the files that this returns."""
        return [*super().get_source_files(), *bundled()]


setup(cmdclass={"build_py": BuildWithData})
