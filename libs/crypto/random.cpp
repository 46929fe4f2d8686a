// SPDX-License-Identifier: Apache-2.0
// Uses OpenSSL's random generator, which the kernel seeds.
#include "crypto/random.hpp"

#include "crypto/native.hpp"

#include <openssl/rand.h>

#include <limits>

namespace crypto {

base::Bytes random_bytes(std::size_t count)
{
    native::require(count <= std::size_t{std::numeric_limits<int>::max()}, "random size");
    base::Bytes result(count, '\0');
    native::require(
        RAND_bytes(native::octets(result), static_cast<int>(count)) == 1, "random octets"
    );
    return result;
}

} // namespace crypto
