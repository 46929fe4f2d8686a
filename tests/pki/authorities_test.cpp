// SPDX-License-Identifier: Apache-2.0
// The authorities' folder: what is written, with which rights, and what openssl says about it.
#include "pki/authorities.hpp"

#include "base/errors.hpp"
#include "crypto/made.hpp"
#include "crypto/openssl_command.hpp"
#include "crypto/rsa.hpp"
#include "crypto/trust.hpp"
#include "support/temporary_folder.hpp"

using namespace std::chrono_literals;

namespace {

// Valid when openssl looks, which is always now.
struct Authorities {
    support::TemporaryFolder folder;
    base::Path ca = folder.path() / "ca";
    base::Path out = folder.path() / "out" / "a";
    base::Time now = base::now();
    pki::Validity valid = {now - 1h, now + 24h};

    Authorities() { REQUIRE(pki::make_authorities(ca, now)); }
    bool openssl(const std::string& arguments) const
    {
        return openssl_command::succeeds(folder.path(), arguments);
    }
};

unsigned mode_of(const base::Path& path)
{
    return static_cast<unsigned>(std::filesystem::status(path).permissions());
}

} // namespace

TEST_CASE("authorities are made once: certificates for everybody, keys for nobody else", "[pki]")
{
    const Authorities authorities;
    for (const std::string name : {"ap-root", "ap-issuing", "tls-ca", "client-ca"}) {
        CHECK(mode_of(authorities.ca / (name + ".cert.pem")) == 0644);
        CHECK(mode_of(authorities.ca / (name + ".test-only.key.pem")) == 0600);
    }
    const base::Bytes before = base::read_file(authorities.ca / "ap-root.cert.pem", 10'000).value();
    CHECK(
        pki::make_authorities(authorities.ca, authorities.now).error().code ==
        base::errc::already_exists
    );
    CHECK(base::read_file(authorities.ca / "ap-root.cert.pem", 10'000).value() == before);
    CHECK(authorities.openssl(
        "verify -x509_strict -CAfile ca/ap-root.cert.pem ca/ap-issuing.cert.pem"
    ));
}

TEST_CASE("an access point's certificate signs and stands under the issuing authority", "[pki]")
{
    const Authorities authorities;
    REQUIRE(
        pki::issue_access_point(authorities.ca, "AP-1", 2048, authorities.valid, authorities.out)
    );
    CHECK(mode_of(authorities.out / "as4.key.pem") == 0600);
    CHECK(authorities.openssl("verify -x509_strict -CAfile ca/ap-root.cert.pem -untrusted "
                              "ca/ap-issuing.cert.pem out/a/as4.cert.pem"));
    const auto signer = crypto::Signer::from_files(
        authorities.out / "as4.key.pem", authorities.out / "as4.cert.pem"
    );
    REQUIRE(signer);
    CHECK(signer->certificate().common_name() == "AP-1");
    CHECK(signer->certificate().key_bits() == 2048);
    REQUIRE(signer->chain().size() == 2);
    const crypto::TrustStore trust({signer->chain()[1]});
    CHECK(trust.judge(signer->certificate(), {}, authorities.now) == crypto::Trust::trusted);
}

TEST_CASE("an expired certificate is expired", "[pki]")
{
    const Authorities authorities;
    const pki::Validity past = {authorities.now - 48h, authorities.now - 24h};
    REQUIRE(pki::issue_access_point(authorities.ca, "AP-1", 2048, past, authorities.out));
    const auto chain = crypto::Certificate::all_from_pem(
        base::read_file(authorities.out / "as4.cert.pem", 10'000).value()
    );
    const crypto::TrustStore trust({chain->at(1)});
    CHECK(trust.judge(chain->front(), {}, authorities.now) == crypto::Trust::expired);
}

TEST_CASE("TLS certificates serve their hosts at both ends, client certificates only call", "[pki]")
{
    const Authorities authorities;
    REQUIRE(pki::issue_tls(
        authorities.ca, "ap", {"127.0.0.1", "::1", "localhost"}, authorities.valid, authorities.out
    ));
    REQUIRE(pki::issue_client(authorities.ca, "ms", authorities.valid, authorities.out));
    const std::string tls = "verify -x509_strict -CAfile ca/tls-ca.cert.pem ";
    CHECK(authorities.openssl(
        tls + "-purpose sslserver -verify_hostname localhost out/a/tls.cert.pem"
    ));
    CHECK(authorities.openssl(tls + "-purpose sslclient -verify_ip 127.0.0.1 out/a/tls.cert.pem"));
    CHECK(authorities.openssl(tls + "-verify_ip ::1 out/a/tls.cert.pem"));
    CHECK_FALSE(authorities.openssl(tls + "-verify_hostname elsewhere out/a/tls.cert.pem"));
    const std::string client = "verify -x509_strict -CAfile ca/client-ca.cert.pem ";
    CHECK(authorities.openssl(client + "-purpose sslclient out/a/client.cert.pem"));
    CHECK_FALSE(authorities.openssl(client + "-purpose sslserver out/a/client.cert.pem"));
    CHECK_FALSE(authorities.openssl(tls + "out/a/client.cert.pem"));
}

TEST_CASE("nothing is issued without authorities", "[pki]")
{
    const support::TemporaryFolder folder;
    const pki::Validity valid = {made::noon(), made::noon() + 1h};
    const auto made = pki::issue_client(folder.path(), "ms", valid, folder.path() / "out");
    CHECK(made.error().code == base::errc::not_found);
    CHECK_FALSE(std::filesystem::exists(folder.path() / "out"));
}
