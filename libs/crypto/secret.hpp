// SPDX-License-Identifier: Apache-2.0
// Octets that are overwritten in memory when the object is destroyed or moved from. There is no
// operator<< and no conversion to text, so that no secret reaches a log.
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
