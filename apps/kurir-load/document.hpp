// SPDX-License-Identifier: Apache-2.0
// Copies of one XHE document, each under an id of its own. An access point does not check the
// organisations' signatures in them, so a real document serves as the template.
#pragma once

#include "base/file.hpp"

#include <vector>

namespace kurir_load {

class Template {
public:
    // Errors of base and envelope. With `size`, a comment of random text (which gzip leaves at
    // three quarters) makes the document that large; it must not be larger already.
    static base::Result<Template> read(const base::Path& file, std::uint64_t size);
    static base::Result<Template> make(base::Bytes document, std::uint64_t size);

    base::Bytes with_id(std::string_view id) const;
    std::size_t size() const { return size_; }

private:
    Template() = default;
    std::vector<base::Bytes> pieces_; // between which the id stands
    std::size_t size_ = 0;
};

} // namespace kurir_load
