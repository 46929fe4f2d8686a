// SPDX-License-Identifier: Apache-2.0
// Issued certificates: unique, well-formed, and readable again.
#include "pki/issue.hpp"

#include "crypto/made.hpp"
#include "crypto/trust.hpp"

TEST_CASE("two certificates never share a serial number or a key", "[pki]")
{
    const crypto::Certificate first = made::certificate(made::issue(made::leaf()));
    const crypto::Certificate second = made::certificate(made::issue(made::leaf()));
    CHECK(first.serial() != second.serial());
    CHECK(first.subject_key_identifier() != second.subject_key_identifier());
}

TEST_CASE("an identity written as PEM reads back", "[pki]")
{
    const pki::Identity identity = made::issue(made::leaf());
    const auto read = pki::read_identity(pki::key_pem(identity), pki::certificate_pem(identity));
    REQUIRE(read);
    CHECK(made::certificate(*read) == made::certificate(identity));
    CHECK(X509_check_private_key(read->certificate.get(), read->key.get()) == 1);
    CHECK(
        pki::read_identity("", pki::certificate_pem(identity)).error().code == crypto::errc::bad_key
    );
    CHECK(
        pki::read_identity(pki::key_pem(identity), "").error().code == crypto::errc::bad_certificate
    );
}

TEST_CASE("hosts are names or addresses", "[pki]")
{
    CHECK(pki::is_host("127.0.0.1"));
    CHECK(pki::is_host("::1"));
    CHECK(pki::is_host("ap-1.example.se"));
    CHECK_FALSE(pki::is_host(""));
    CHECK_FALSE(pki::is_host("-a"));
    CHECK_FALSE(pki::is_host("a b"));
    CHECK_FALSE(pki::is_host("a,DNS:b"));
    CHECK_FALSE(pki::is_host(std::string(254, 'a')));
}

TEST_CASE("a profile that cannot be is an error", "[pki]")
{
    pki::Profile name = made::leaf("\xff\xfe");
    CHECK(pki::issue(name, nullptr).error().code == crypto::errc::failed);
    pki::Profile usage = made::leaf();
    usage.key_usage = "nonsense";
    CHECK(pki::issue(usage, nullptr).error().code == crypto::errc::failed);
    pki::Profile bits = made::leaf();
    bits.bits = 100;
    CHECK(pki::issue(bits, nullptr).error().code == crypto::errc::failed);
}
