// SPDX-License-Identifier: Apache-2.0
// Exclusive XML Canonicalization 1.0 without comments (http://www.w3.org/2001/10/xml-exc-c14n#) of
// one element or of a document.
#pragma once

#include "base/bytes.hpp"
#include "xml/document.hpp"

#include <string>
#include <vector>

namespace xml {

// Returns the canonical form of one element. `inclusive_prefixes` is the PrefixList ("#default" for
// the default namespace). errc::canonical_form if the form cannot be made.
base::Result<base::Bytes>
canonical(Node apex, const std::vector<std::string>& inclusive_prefixes = {});
// Returns the canonical form of a whole document: its root and the processing instructions around
// the root.
base::Result<base::Bytes> canonical(const Document& document);

} // namespace xml
