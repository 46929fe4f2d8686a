# SPDX-License-Identifier: Apache-2.0
"""tools/check_layering.py sees what it is there to see."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

import access_points

CHECK = access_points.ROOT / "tools/check_layering.py"


class Layering(unittest.TestCase):
    def check(self, files):
        """Runs the check on a small house: base, then xml, then as4 (linking xml)."""
        house = {
            "libs/CMakeLists.txt": "add_subdirectory(base)\nadd_subdirectory(xml)\nadd_subdirectory(as4)\n",
            "libs/base/CMakeLists.txt": "kurir_add_library(base)\n",
            "libs/xml/CMakeLists.txt": "target_link_libraries(kurir_xml PUBLIC kurir::base)\n",
            "libs/as4/CMakeLists.txt": "target_link_libraries(kurir_as4 PUBLIC kurir::xml)\n",
            **files,
        }
        with tempfile.TemporaryDirectory() as root:
            for name, text in house.items():
                path = pathlib.Path(root) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            done = subprocess.run([sys.executable, CHECK, root], capture_output=True, text=True)
        return done.returncode, done.stdout

    def test_an_include_downwards_holds(self):
        status, told = self.check({"libs/as4/pack.cpp": '#include "xml/document.hpp"\n#include "base/file.hpp"\n'})
        self.assertEqual(status, 0, told)

    def test_an_include_of_a_library_that_is_not_linked_is_named_with_its_line(self):
        status, told = self.check({"libs/xml/document.cpp": '\n#include "as4/pack.hpp"\n'})
        self.assertEqual((status, told), (1, "libs/xml/document.cpp:2: xml does not link as4\n"))

    def test_a_link_upwards_is_named(self):
        status, told = self.check({"libs/xml/CMakeLists.txt": "target_link_libraries(kurir_xml PUBLIC kurir::as4)\n"})
        self.assertIn("xml links as4, which stands below it", told)
        self.assertEqual(status, 1)

    def test_a_third_party_header_outside_its_owner_is_named(self):
        status, told = self.check({"libs/as4/pack.cpp": "#include <libxml/tree.h>\n"})
        self.assertIn("libs/as4/pack.cpp:1: libxml/tree.h belongs to", told)
        self.assertEqual(status, 1)

    def test_a_fourth_file_with_beast_is_too_many(self):
        files = {f"libs/http/{name}.cpp": "#include <boost/beast/http.hpp>\n" for name in "abcd"}
        status, told = self.check(files)
        self.assertIn("4 files include Beast", told)
        self.assertEqual(status, 1)


if __name__ == "__main__":
    unittest.main()
