// SPDX-License-Identifier: Apache-2.0
// What is read from a certificate, and what is not accepted as one.
#include "crypto/certificate.hpp"

#include "crypto/digest.hpp"
#include "crypto/made.hpp"
#include "support/shared_data.hpp"

#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include <atomic>
#include <thread>

using namespace crypto;

namespace {

Certificate from_file(const base::Path& file)
{
    return Certificate::from_pem(base::read_file(file, 100'000).value()).value();
}

void set_subject(
    pki::Identity& identity, std::initializer_list<std::pair<const char*, std::string>> parts
)
{
    X509_NAME* const name = X509_NAME_new();
    for (const auto& [field, value] : parts) {
        X509_NAME_add_entry_by_txt(
            name, field, MBSTRING_UTF8, native::octets(value), static_cast<int>(value.size()), -1, 0
        );
    }
    X509_set_subject_name(identity.certificate.get(), name);
    X509_NAME_free(name);
    made::sign_again(identity, identity);
}

// An RSA public key of any size, without the time to find its primes.
native::Key public_key_of(int bits)
{
    const native::BigNumber modulus(BN_new());
    const native::BigNumber exponent(BN_new());
    BN_rand(modulus.get(), bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
    BN_set_word(exponent.get(), 65537);
    OSSL_PARAM_BLD* const builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus.get());
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent.get());
    OSSL_PARAM* const parameters = OSSL_PARAM_BLD_to_param(builder);
    const native::KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    EVP_PKEY* key = nullptr;
    EVP_PKEY_fromdata_init(context.get());
    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    return native::Key(key);
}

} // namespace

TEST_CASE("a certificate tells what it says", "[crypto]")
{
    const pki::Identity identity = made::issue(made::leaf("Förvaltning A"));
    const Certificate certificate = made::certificate(identity);
    CHECK(certificate.der() == made::der(identity));
    CHECK(certificate.fingerprint() == sha256(certificate.der()));
    CHECK(certificate.subject() == "CN=Förvaltning A,O=TEST ONLY,C=SE");
    CHECK(certificate.issuer() == certificate.subject());
    CHECK(certificate.common_name() == "Förvaltning A");
    CHECK(certificate.not_before() == made::noon() - std::chrono::hours(24));
    CHECK(certificate.not_after() == made::noon() + std::chrono::hours(24));
    CHECK(certificate.key_bits() == 2048);
    CHECK(certificate.subject_key_identifier().size() == 20);
    CHECK(Certificate::from_pem(certificate.pem()).value() == certificate);
}

TEST_CASE("a certificate made by others reads as openssl reads it", "[crypto]")
{
    const auto shared =
        support::shared_data("a certificate made by others reads as openssl reads it");
    if (!shared) return;
    const Certificate alice = from_file(*shared / "interop/phase4/vectors/keys/alice2048.cert.pem");
    CHECK(alice.subject() == "CN=alice2048,O=TEST ONLY,C=SE");
    CHECK(alice.issuer() == "CN=Peer Test CA,O=TEST ONLY,C=SE");
    CHECK(alice.serial() == "688458909155956657961222961711095781064002728666");
    CHECK(base::to_text(alice.not_before()) == "2026-11-22T00:37:37.000Z");
    CHECK(base::hex(alice.subject_key_identifier()) == "406157900629ee3566183148177e208a9404248b");
    CHECK(
        base::hex(alice.fingerprint()) ==
        "df334a51129dc10677ee9924ce7d97e4d8a8d6b74bbca79eba8e243698a99019"
    );
}

TEST_CASE("every certificate of the federation reads", "[crypto]")
{
    const auto shared = support::shared_data("every certificate of the federation reads");
    if (!shared) return;
    int read = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(*shared / "data/sdk/certs")) {
        if (!entry.is_regular_file()) continue;
        const base::Bytes octets = base::read_file(entry.path(), 100'000).value();
        INFO(entry.path());
        const bool pem = octets.find("-----BEGIN") != std::string::npos;
        const auto certificate =
            pem ? Certificate::from_pem(octets) : Certificate::from_der(octets);
        REQUIRE(certificate);
        CHECK_FALSE(certificate->common_name().empty());
        CHECK(certificate->key_bits() >= 2048);
        ++read;
    }
    CHECK(read >= 10);
}

TEST_CASE("the last common name counts, and none is no error", "[crypto]")
{
    pki::Identity identity = made::issue(made::leaf());
    set_subject(identity, {{"CN", "first"}, {"O", "x"}, {"CN", "last"}});
    CHECK(made::certificate(identity).common_name() == "last");
    set_subject(identity, {{"O", "x"}});
    CHECK(made::certificate(identity).common_name().empty());
}

TEST_CASE(
    "an issuer is written with the keywords of RFC 2253 and no others", "[crypto][RFC 2253 2.3]"
)
{
    pki::Identity identity = made::issue(made::leaf());
    set_subject(
        identity, {{"C", "SE"},
                   {"organizationIdentifier", "ABC"},
                   {"serialNumber", "1"},
                   {"ST", "x"},
                   {"street", "a+b, c"},
                   {"DC", "d"},
                   {"CN", "R\xC3\xA5"}}
    );
    REQUIRE(X509_set_issuer_name(
        identity.certificate.get(), X509_get_subject_name(identity.certificate.get())
    ));
    CHECK(
        made::certificate(identity).issuer() ==
        "CN=R\xC3\xA5,DC=d,STREET=a\\+b\\, c,ST=x,2.5.4.5=#130131,2.5.4.97=#0C03414243,C=SE"
    );
}

TEST_CASE("a NUL in a common name does not end it", "[crypto]")
{
    pki::Identity identity = made::issue(made::leaf());
    const std::string name("bank\0.evil", 10);
    set_subject(identity, {{"CN", name}});
    CHECK(made::certificate(identity).common_name() == name);
    CHECK(made::certificate(identity).subject().find('\0') == std::string::npos);
}

TEST_CASE("serial numbers are decimal, negative ones too", "[crypto]")
{
    pki::Identity identity = made::issue(made::leaf());
    const auto [value, text] =
        GENERATE(table<int, std::string>({{0, "0"}, {255, "255"}, {-129, "-129"}}));
    ASN1_INTEGER_set(X509_get_serialNumber(identity.certificate.get()), value);
    made::sign_again(identity, identity);
    CHECK(made::certificate(identity).serial() == text);
}

TEST_CASE("a serial number of absurd length is refused", "[crypto]")
{
    pki::Identity identity = made::issue(made::leaf());
    const native::BigNumber number(BN_new());
    const auto [bits, good] = GENERATE(table<int, bool>({{64 * 8, true}, {64 * 8 + 1, false}}));
    BN_set_bit(number.get(), bits - 1);
    BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(identity.certificate.get()));
    made::sign_again(identity, identity);
    CHECK(Certificate::from_der(made::der(identity)).has_value() == good);
}

TEST_CASE("an RSA key of absurd size is refused", "[crypto]")
{
    pki::Identity identity = made::issue(made::leaf());
    const auto [bits, good] =
        GENERATE(table<int, bool>({{8192, true}, {8200, false}, {20'000, false}}));
    const native::Key key = public_key_of(bits);
    REQUIRE(X509_set_pubkey(identity.certificate.get(), key.get()) == 1);
    made::sign_again(identity, identity);
    CHECK(Certificate::from_der(made::der(identity)).has_value() == good);
}

TEST_CASE("a certificate with another kind of key reads, with no RSA bits", "[crypto]")
{
    pki::Identity identity = made::issue(made::leaf());
    const native::Key key(EVP_EC_gen("P-256"));
    X509_set_pubkey(identity.certificate.get(), key.get());
    made::sign_again(identity, identity);
    CHECK(made::certificate(identity).key_bits() == 0);
}

TEST_CASE("a certificate without key identifier has an empty one", "[crypto]")
{
    pki::Identity identity = made::issue(made::leaf());
    X509* const certificate = identity.certificate.get();
    X509_EXTENSION_free(X509_delete_ext(
        certificate, X509_get_ext_by_NID(certificate, NID_subject_key_identifier, -1)
    ));
    made::sign_again(identity, identity);
    CHECK(made::certificate(identity).subject_key_identifier().empty());
}

TEST_CASE("what is not exactly one certificate in DER is refused", "[crypto][X.690 10]")
{
    const base::Bytes der = made::der(made::issue(made::leaf()));
    const base::Bytes contents = der.substr(4);
    const base::Bytes octets = GENERATE_COPY(
        base::Bytes(), base::Bytes("x"), base::Bytes("\x30\x00", 2), der + '\0', der + der,
        der.substr(0, der.size() - 1), der.substr(0, 10),
        "\x30\x80" + contents + base::Bytes(2, '\0'),      // of indefinite length
        "\x30\x83" + base::Bytes(1, '\0') + der.substr(2), // a length with a leading zero
        base::Bytes(65 * 1024, '\x30'), made::certificate(made::issue(made::leaf())).pem()
    );
    CHECK(Certificate::from_der(octets).error().code == errc::bad_certificate);
}

TEST_CASE("a validity that is no time is refused", "[crypto]")
{
    base::Bytes der = made::der(made::issue(made::leaf()));
    const auto position = der.find("261121120000Z");
    REQUIRE(position != std::string::npos);
    der.replace(position, 13, "269921120000Z");
    CHECK(Certificate::from_der(der).error().code == errc::bad_certificate);
}

TEST_CASE("a certificate seen again is the same parsed one", "[crypto]")
{
    const base::Bytes der = made::der(made::issue(made::leaf()));
    const Certificate first = Certificate::from_der(der).value();
    const Certificate second = Certificate::from_der(der).value();
    CHECK(first.native() == second.native());
    const Certificate other = made::certificate(made::issue(made::leaf()));
    CHECK_FALSE(first == other);
}

TEST_CASE("a certificate far larger than honest ones is not kept", "[crypto]")
{
    pki::Identity identity = made::issue(made::leaf());
    X509_NAME* const name = X509_get_subject_name(identity.certificate.get());
    for (int i = 0; i < 300; ++i) {
        const auto* const value = reinterpret_cast<const unsigned char*>("a unit");
        REQUIRE(
            X509_NAME_add_entry_by_NID(
                name, NID_organizationalUnitName, MBSTRING_ASC, value, -1, -1, 0
            ) == 1
        );
    }
    made::sign_again(identity, identity);
    const Certificate first = made::certificate(identity);
    REQUIRE(first.der().size() > 4096);
    CHECK(first == made::certificate(identity));
    CHECK(first.native() != made::certificate(identity).native());
}

TEST_CASE("many threads may read certificates", "[crypto]")
{
    std::vector<base::Bytes> ders;
    for (int i = 0; i < 3; ++i)
        ders.push_back(made::der(made::issue(made::leaf(std::to_string(i)))));
    std::atomic<int> wrong = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&] {
                for (std::size_t i = 0; i < 300; ++i) {
                    const auto certificate = Certificate::from_der(ders[i % 3]);
                    if (!certificate || certificate->common_name() != std::to_string(i % 3))
                        ++wrong;
                }
            });
        }
    }
    CHECK(wrong == 0);
}
