// SPDX-License-Identifier: Apache-2.0
// Overwrites secrets. A moved-from short string still holds its characters, so a move wipes its
// source too.
#include "crypto/secret.hpp"

#include <openssl/crypto.h>

#include <utility>

namespace crypto {
namespace {

void wipe(base::Bytes& octets)
{
    octets.resize(octets.capacity());
    OPENSSL_cleanse(octets.data(), octets.size());
    octets.clear();
}

} // namespace

Secret::Secret(Secret&& other) noexcept : octets_(std::move(other.octets_))
{
    wipe(other.octets_);
}

Secret& Secret::operator=(Secret&& other) noexcept
{
    if (this == &other) return *this;
    wipe(octets_);
    octets_ = std::move(other.octets_);
    wipe(other.octets_);
    return *this;
}

Secret::~Secret()
{
    wipe(octets_);
}

} // namespace crypto
