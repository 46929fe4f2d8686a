// SPDX-License-Identifier: Apache-2.0
// Octets that are wiped when they go. No operator<<, no conversion to text.
#pragma once

#include "base/bytes.hpp"

namespace crypto {

class Secret {
public:
    explicit Secret(base::Bytes octets) : octets_(std::move(octets)) {}
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    ~Secret();
    base::BytesView view() const { return octets_; }

private:
    base::Bytes octets_;
};

} // namespace crypto
