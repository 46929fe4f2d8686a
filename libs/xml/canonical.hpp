// SPDX-License-Identifier: Apache-2.0
// Exclusive XML Canonicalization 1.0 without comments (http://www.w3.org/2001/10/xml-exc-c14n#) of
// one element.
#pragma once

#include "base/bytes.hpp"
#include "xml/document.hpp"

#include <string>
#include <vector>

namespace xml {

// `inclusive_prefixes` is the PrefixList ("#default" for the default namespace).
// errc::canonical_form.
base::Result<base::Bytes>
canonical(Node apex, const std::vector<std::string>& inclusive_prefixes = {});
// Of a whole document: its root and the processing instructions around it.
base::Result<base::Bytes> canonical(const Document& document);

} // namespace xml
