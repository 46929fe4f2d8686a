// SPDX-License-Identifier: Apache-2.0
// The error queue as text.
#include "crypto/native.hpp"

#include <openssl/err.h>

#include <catch2/catch.hpp>

using namespace crypto;

TEST_CASE("the error queue is told once, then it is empty", "[crypto]")
{
    const unsigned char nonsense[] = "nonsense";
    const unsigned char* position = nonsense;
    CHECK(d2i_X509(nullptr, &position, sizeof nonsense) == nullptr);
    CHECK(native::error_queue_text().find("asn1") != std::string::npos);
    CHECK(native::error_queue_text().empty());
    CHECK(ERR_peek_error() == 0);
}

TEST_CASE("what is written into a memory BIO comes back", "[crypto]")
{
    const native::Bio bio(BIO_new(BIO_s_mem()));
    CHECK(native::written(bio.get()).empty());
    BIO_puts(bio.get(), "text");
    CHECK(native::written(bio.get()) == "text");
}
