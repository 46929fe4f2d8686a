// SPDX-License-Identifier: Apache-2.0
// Who is trusted: the good chains, and one case per way to be refused.
#include "crypto/trust.hpp"

#include "crypto/made.hpp"
#include "support/shared_data.hpp"

using namespace crypto;
using namespace std::chrono_literals;

namespace {

// root -> issuing -> leaf, as in the federation.
struct Federation {
    pki::Identity root = made::issue(made::authority("root"));
    pki::Identity issuing = made::issue(made::authority("issuing"), &root);
    pki::Identity leaf = made::issue(made::leaf(), &issuing);
};

Trust judge(
    const pki::Identity& anchor, const pki::Identity& leaf,
    const std::vector<Certificate>& others = {}, base::Time at = made::noon()
)
{
    return TrustStore({made::certificate(anchor)}).judge(made::certificate(leaf), others, at).trust;
}

} // namespace

TEST_CASE(
    "what the issuing authority issued is trusted, if that is the anchor",
    "[crypto][DIGG TP-AS4 2.10]"
)
{
    const Federation federation;
    CHECK(judge(federation.issuing, federation.leaf) == Trust::trusted);
}

TEST_CASE("a chain to the root needs the certificate between", "[crypto]")
{
    const Federation federation;
    CHECK(judge(federation.root, federation.leaf) == Trust::unknown_issuer);
    CHECK(
        judge(federation.root, federation.leaf, {made::certificate(federation.issuing)}) ==
        Trust::trusted
    );
}

TEST_CASE("an exact certificate may be the anchor", "[crypto]")
{
    const Federation federation;
    CHECK(judge(federation.leaf, federation.leaf) == Trust::trusted);
    const pki::Identity self_signed = made::issue(made::leaf());
    CHECK(judge(self_signed, self_signed) == Trust::trusted);
}

TEST_CASE("a stranger is not trusted, whatever it brings along", "[crypto]")
{
    const Federation federation;
    const Federation strangers;
    CHECK(judge(federation.issuing, strangers.leaf) == Trust::unknown_issuer);
    const std::vector<Certificate> all = {
        made::certificate(strangers.issuing), made::certificate(strangers.root),
        made::certificate(strangers.leaf)
    };
    CHECK(judge(federation.issuing, strangers.leaf, all) == Trust::unknown_issuer);
    CHECK(judge(federation.root, strangers.leaf, all) == Trust::unknown_issuer);
    CHECK(
        TrustStore({}).judge(made::certificate(strangers.leaf), all, made::noon()) ==
        Trust::unknown_issuer
    );
}

TEST_CASE("an issuer of the anchor is not trusted through it", "[crypto][DIGG TP-AS4 2.10]")
{
    const Federation federation;
    const pki::Identity sibling = made::issue(made::authority("sibling"), &federation.root);
    const pki::Identity leaf = made::issue(made::leaf(), &sibling);
    const std::vector<Certificate> others = {
        made::certificate(sibling), made::certificate(federation.root)
    };
    CHECK(judge(federation.issuing, leaf, others) == Trust::unknown_issuer);
}

TEST_CASE("a forged certificate with the authority's name is not trusted", "[crypto]")
{
    const Federation federation;
    base::Bytes der = made::der(federation.leaf);
    der.back() = static_cast<char>(der.back() ^ 1);
    const Certificate forged = Certificate::from_der(der).value();
    CHECK(
        TrustStore({made::certificate(federation.issuing)}).judge(forged, {}, made::noon()) ==
        Trust::broken_chain
    );
}

TEST_CASE(
    "time is the caller's: before and after its validity a certificate is refused", "[crypto]"
)
{
    static const Federation federation;
    const auto [at, verdict] = GENERATE(table<base::Time, Trust>(
        {{made::noon() - 24h, Trust::trusted},
         {made::noon() - 24h - 1ms, Trust::not_yet_valid},
         {made::noon() + 24h - 1s, Trust::trusted},
         {made::noon() + 24h + 1s, Trust::expired},
         {made::noon() + 24h * 10'000, Trust::expired}}
    ));
    CHECK(judge(federation.issuing, federation.leaf, {}, at) == verdict);
}

TEST_CASE("an expired authority ends the trust in what it issued", "[crypto]")
{
    const Federation federation;
    pki::Profile old = made::authority("old");
    old.not_after = made::noon() - 1s;
    const pki::Identity authority = made::issue(old, &federation.root);
    const pki::Identity leaf = made::issue(made::leaf(), &authority);
    CHECK(judge(federation.root, leaf, {made::certificate(authority)}) == Trust::issuer_expired);
    CHECK(judge(authority, leaf) == Trust::issuer_expired);
}

TEST_CASE(
    "a key usage without digitalSignature is a wrong use; no key usage allows all",
    "[crypto][RFC 5280 4.2.1.3]"
)
{
    static const pki::Identity root = made::issue(made::authority("root"));
    const auto [usage, verdict] = GENERATE(table<std::string, Trust>(
        {{"critical,keyEncipherment", Trust::wrong_use},
         {"nonRepudiation,dataEncipherment", Trust::wrong_use},
         {"digitalSignature", Trust::trusted},
         {"", Trust::trusted}}
    ));
    pki::Profile profile = made::leaf();
    profile.key_usage = usage;
    CHECK(judge(root, made::issue(profile, &root)) == verdict);
}

TEST_CASE("an authority's own certificate does not sign messages", "[crypto]")
{
    const Federation federation;
    pki::Profile profile = made::authority("issuing");
    profile.key_usage = "critical,keyCertSign,digitalSignature";
    const pki::Identity authority = made::issue(profile, &federation.root);
    CHECK(judge(federation.root, authority) == Trust::is_ca);
    CHECK(judge(authority, authority) == Trust::is_ca);
}

TEST_CASE("extended key usage is not looked at", "[crypto]")
{
    const pki::Identity root = made::issue(made::authority("root"));
    pki::Profile profile = made::leaf();
    profile.extended_key_usage = "serverAuth";
    CHECK(judge(root, made::issue(profile, &root)) == Trust::trusted);
}

TEST_CASE("an RSA key below 2048 bits is not trusted, in the leaf or above it", "[crypto]")
{
    const pki::Identity root = made::issue(made::authority("root"));
    pki::Profile weak = made::leaf();
    weak.bits = 1024;
    const pki::Identity leaf = made::issue(weak, &root);
    CHECK(judge(root, leaf) == Trust::weak);
    CHECK(judge(leaf, leaf) == Trust::weak);
    pki::Profile weak_authority = made::authority("weak");
    weak_authority.bits = 1024;
    const pki::Identity issuing = made::issue(weak_authority, &root);
    const pki::Identity below = made::issue(made::leaf(), &issuing);
    CHECK(judge(root, below, {made::certificate(issuing)}) == Trust::weak);
}

TEST_CASE("a key that is not RSA is not trusted", "[crypto]")
{
    const pki::Identity root = made::issue(made::authority("root"));
    pki::Identity leaf = made::issue(made::leaf(), &root);
    const native::Key key(EVP_EC_gen("P-256"));
    X509_set_pubkey(leaf.certificate.get(), key.get());
    made::sign_again(leaf, root);
    CHECK(judge(root, leaf) == Trust::weak);
}

TEST_CASE("a certificate signed with SHA-1 is not trusted", "[crypto]")
{
    const pki::Identity root = made::issue(made::authority("root"));
    pki::Identity leaf = made::issue(made::leaf(), &root);
    made::sign_again(leaf, root, EVP_sha1());
    CHECK(judge(root, leaf) == Trust::weak);
}

TEST_CASE("only an authority may issue", "[crypto]")
{
    const Federation federation;
    const pki::Identity below = made::issue(made::leaf("below"), &federation.leaf);
    CHECK(
        judge(federation.issuing, below, {made::certificate(federation.leaf)}) ==
        Trust::broken_chain
    );
}

TEST_CASE("an extension that is there twice is not trusted", "[crypto][RFC 5280 4.2]")
{
    const pki::Identity root = made::issue(made::authority("root"));
    pki::Identity leaf = made::issue(made::leaf(), &root);
    X509* const certificate = leaf.certificate.get();
    X509_add_ext(
        certificate, X509_get_ext(certificate, X509_get_ext_by_NID(certificate, NID_key_usage, -1)),
        -1
    );
    made::sign_again(leaf, root);
    CHECK(judge(root, leaf) == Trust::unknown_issuer);
    CHECK(judge(leaf, leaf) != Trust::trusted);
}

TEST_CASE("an unknown critical extension is not trusted", "[crypto][RFC 5280 4.2]")
{
    const pki::Identity root = made::issue(made::authority("root"));
    pki::Identity leaf = made::issue(made::leaf(), &root);
    X509_EXTENSION* const extension =
        X509V3_EXT_conf(nullptr, nullptr, "1.2.3.4.5.6", "critical,DER:0500");
    REQUIRE(extension);
    X509_add_ext(leaf.certificate.get(), extension, -1);
    X509_EXTENSION_free(extension);
    made::sign_again(leaf, root);
    CHECK(judge(root, leaf) == Trust::broken_chain);
}

TEST_CASE("of the certificates brought along only the first sixteen are looked at", "[crypto]")
{
    const Federation federation;
    const std::vector<Certificate> before(15, made::certificate(federation.leaf));
    std::vector<Certificate> sixteen = before;
    sixteen.push_back(made::certificate(federation.issuing));
    std::vector<Certificate> seventeen = before;
    seventeen.push_back(made::certificate(federation.leaf));
    seventeen.push_back(made::certificate(federation.issuing));
    CHECK(judge(federation.root, federation.leaf, sixteen) == Trust::trusted);
    CHECK(judge(federation.root, federation.leaf, seventeen) == Trust::unknown_issuer);
}

TEST_CASE("a chain of more than six authorities between is not trusted", "[crypto]")
{
    std::vector<pki::Identity> chain;
    std::vector<Certificate> others;
    chain.push_back(made::issue(made::authority("root")));
    for (int i = 1; i <= 7; ++i) {
        const pki::Identity leaf = made::issue(made::leaf(), &chain.back());
        CHECK(judge(chain.front(), leaf, others) == Trust::trusted); // i - 1 between
        chain.push_back(made::issue(made::authority("between " + std::to_string(i)), &chain.back())
        );
        others.push_back(made::certificate(chain.back()));
    }
    CHECK(
        judge(chain.front(), made::issue(made::leaf(), &chain.back()), others) ==
        Trust::broken_chain
    );
}

TEST_CASE("the federation's SMP certificate is trusted under its root, in its time", "[crypto]")
{
    const auto shared = support::shared_data(
        "the federation's SMP certificate is trusted under its root, in its time"
    );
    if (!shared) return;
    const auto read = [&](const char* name) {
        return Certificate::from_pem(
                   base::read_file(*shared / "data/sdk/certs/prod" / name, 100'000).value()
        )
            .value();
    };
    const Certificate leaf = read("SMP0001-SDK-PROD.cer");
    const TrustStore smp({read("Rot_CA_eDelivery_SMP-PROD.cer")});
    const TrustStore access_points({read("Rot_CA_eDelivery_Accesspunkt-PROD.cer")});
    const auto in_time = base::parse_time("2023-06-01T00:00:00Z").value();
    CHECK(smp.judge(leaf, {}, in_time) == Trust::trusted);
    CHECK(smp.judge(leaf, {}, base::parse_time("2024-06-01T00:00:00Z").value()) == Trust::expired);
    CHECK(access_points.judge(leaf, {}, in_time) == Trust::unknown_issuer);
    CHECK(access_points.judge(read("Accesspunkt_CA-SDK-PROD.cer"), {}, in_time) == Trust::is_ca);
}

TEST_CASE("every verdict has its words", "[crypto]")
{
    CHECK(to_text(Trust::trusted) == "trusted");
    CHECK(to_text(Trust::unknown_issuer) == "no trusted CA issued the certificate");
    CHECK(to_text(Trust::expired) == "the certificate has expired");
    CHECK(to_text(Trust::not_yet_valid) == "the certificate is not yet valid");
}

TEST_CASE(
    "a TLS client is judged by its extended key usage, and may have any kind of key", "[crypto]"
)
{
    const Federation federation;
    const TrustStore clients({made::certificate(federation.issuing)}, Use::tls_client);
    const auto judged = [&](const std::string& extended, const std::string& usage) {
        auto profile = made::leaf();
        profile.extended_key_usage = extended;
        profile.key_usage = usage;
        return clients.judge(
            made::certificate(made::issue(profile, &federation.issuing)), {}, made::noon()
        );
    };
    CHECK(judged("", "critical,digitalSignature") == Trust::trusted);
    CHECK(judged("clientAuth,serverAuth", "critical,digitalSignature") == Trust::trusted);
    CHECK(judged("serverAuth", "critical,digitalSignature") == Trust::wrong_use);
    CHECK(judged("clientAuth", "critical,keyEncipherment") == Trust::wrong_use);
    const auto& leaf = federation.leaf;
    CHECK(clients.judge(made::certificate(leaf), {}, made::noon() + 48h) == Trust::expired);
    const Federation strangers;
    CHECK(
        clients.judge(made::certificate(strangers.leaf), {}, made::noon()) == Trust::unknown_issuer
    );
}

TEST_CASE("a verdict names the certificate, its issuer, serial and validity", "[crypto]")
{
    const Federation federation;
    const auto leaf = made::certificate(federation.leaf);
    const TrustStore trust({made::certificate(federation.issuing)});
    const auto late = made::noon() + 48h;
    const auto text = trust.judge(leaf, {}, late).text();
    CAPTURE(text);
    CHECK(text.find("the certificate has expired: " + leaf.subject()) == 0);
    CHECK(text.find("issued by " + leaf.issuer()) != std::string::npos);
    CHECK(text.find("serial 0x") != std::string::npos);
    CHECK(text.find("valid from " + base::to_text(leaf.not_before())) != std::string::npos);
    CHECK(text.find(" to " + base::to_text(leaf.not_after())) != std::string::npos);
    CHECK(text.find("the date here is " + base::to_text(late)) != std::string::npos);
    CHECK(trust.judge(leaf, {}, made::noon()).text() == "trusted");
}

TEST_CASE("a verdict about a CA in the chain names that CA too", "[crypto]")
{
    const Federation federation;
    pki::Profile old = made::authority("old");
    old.not_after = made::noon() - 1s;
    const pki::Identity authority = made::issue(old, &federation.root);
    const auto leaf = made::certificate(made::issue(made::leaf(), &authority));
    const auto text = TrustStore({made::certificate(federation.root)})
                          .judge(leaf, {made::certificate(authority)}, made::noon())
                          .text();
    CAPTURE(text);
    CHECK(text.find(leaf.subject()) != std::string::npos);
    CHECK(
        text.find("in its chain: " + made::certificate(authority).subject()) != std::string::npos
    );
}

TEST_CASE("a key of another kind is not called a short one", "[crypto]")
{
    const pki::Identity root = made::issue(made::authority("root"));
    pki::Identity leaf = made::issue(made::leaf(), &root);
    const native::Key key(EVP_EC_gen("P-256"));
    X509_set_pubkey(leaf.certificate.get(), key.get());
    made::sign_again(leaf, root);
    const auto verdict =
        TrustStore({made::certificate(root)}).judge(made::certificate(leaf), {}, made::noon());
    CHECK(verdict.text().find("the key is not RSA") != std::string::npos);
}

TEST_CASE("validity alone is judged to the second", "[crypto]")
{
    const auto certificate = made::certificate(Federation().leaf);
    const auto judged = [&](base::Time at) { return judge_validity(certificate, at).trust; };
    CHECK(judged(certificate.not_before()) == Trust::trusted);
    CHECK(judged(certificate.not_before() - 1s) == Trust::not_yet_valid);
    CHECK(judged(certificate.not_after()) == Trust::trusted);
    CHECK(judged(certificate.not_after() + 1s) == Trust::expired);
}

TEST_CASE("only four verdicts could change with the date of the machine", "[crypto]")
{
    for (const auto trust :
         {Trust::expired, Trust::not_yet_valid, Trust::issuer_expired, Trust::issuer_not_yet_valid})
        CHECK(depends_on_time(trust));
    for (const auto trust :
         {Trust::trusted, Trust::unknown_issuer, Trust::broken_chain, Trust::weak, Trust::is_ca,
          Trust::wrong_use})
        CHECK_FALSE(depends_on_time(trust));
}
