// SPDX-License-Identifier: Apache-2.0
// Several certificates together: PEM texts and PKIPath, with what can be wrong about them.
#include "crypto/certificate.hpp"

#include "crypto/made.hpp"
#include "support/shared_data.hpp"

using namespace crypto;

TEST_CASE("a PEM text gives all its certificates in order, and only those", "[crypto]")
{
    const pki::Identity first = made::issue(made::leaf("first"));
    const pki::Identity second = made::issue(made::leaf("second"));
    const std::string text = "Some words before\n" + pki::key_pem(first) +
                             pki::certificate_pem(first) + "between\n" +
                             pki::certificate_pem(second) + "after\n";
    const auto all = Certificate::all_from_pem(text);
    REQUIRE(all);
    REQUIRE(all->size() == 2);
    CHECK(all->at(0) == made::certificate(first));
    CHECK(all->at(1) == made::certificate(second));
    CHECK(Certificate::from_pem(text).value() == made::certificate(first));
}

TEST_CASE("a PEM text without a certificate, or with a broken one, is refused", "[crypto]")
{
    const pki::Identity identity = made::issue(made::leaf());
    const std::string good = pki::certificate_pem(identity);
    std::string damaged = good;
    damaged[100] = '!';
    std::string altered = good;
    altered.replace(40, 4, "AAAA");
    const std::string only_key = pki::key_pem(identity);
    const std::string text = GENERATE_COPY(
        std::string(), std::string("no PEM"), only_key, good.substr(0, good.size() - 30), damaged,
        altered, good + damaged, good + good.substr(0, 200), std::string(5 * 1024 * 1024, '\n')
    );
    CHECK(Certificate::all_from_pem(text).error().code == errc::bad_certificate);
}

TEST_CASE("a PKIPath gives its certificates, the end entity last", "[crypto][X.509 10.1.1]")
{
    const base::Bytes root = made::der(made::issue(made::authority("root")));
    const base::Bytes leaf = made::der(made::issue(made::leaf()));
    const auto path = certificates_from_pkipath(made::sequence(root + leaf));
    REQUIRE(path);
    REQUIRE(path->size() == 2);
    CHECK(path->back().der() == leaf);
    CHECK(certificates_from_pkipath(made::sequence(leaf)).value().size() == 1);
}

TEST_CASE("what is no PKIPath is refused", "[crypto][X.509 10.1.1]")
{
    const base::Bytes leaf = made::der(made::issue(made::leaf()));
    const base::Bytes path = made::sequence(leaf + leaf);
    base::Bytes many;
    for (int i = 0; i < 11; ++i)
        many += leaf;
    const base::Bytes octets = GENERATE_COPY(
        base::Bytes(), base::Bytes("x"), base::Bytes("\x30\x00", 2), leaf, path + '\0',
        path.substr(0, path.size() - 1), made::sequence(leaf + "\x05" + base::Bytes(1, '\0')),
        made::sequence(leaf + "\x30"), made::sequence(many), base::Bytes("\x31") + path.substr(1),
        "\x30\x80" + leaf + base::Bytes(2, '\0'), made::sequence(made::sequence("x")),
        base::Bytes("\x30\x84\xff\xff\xff\xff"),
        base::Bytes("\x30\x88\x7f\xff\xff\xff\xff\xff\xff\xff")
    );
    CHECK(certificates_from_pkipath(octets).error().code == errc::bad_certificate);
}

TEST_CASE("a PKIPath of ten certificates is the longest", "[crypto]")
{
    const base::Bytes leaf = made::der(made::issue(made::leaf()));
    base::Bytes ten;
    for (int i = 0; i < 10; ++i)
        ten += leaf;
    CHECK(certificates_from_pkipath(made::sequence(ten)).value().size() == 10);
}

TEST_CASE("the PKIPath that phase4 sends reads", "[crypto]")
{
    const auto shared = support::shared_data("the PKIPath that phase4 sends reads");
    if (!shared) return;
    const base::Bytes request =
        base::read_file(*shared / "interop/phase4/vectors/pkipath-3072/request.http", 10'000'000)
            .value();
    const auto type = request.find("#X509PKIPathv1\"");
    REQUIRE(type != std::string::npos);
    const auto begin = request.find('>', type) + 1;
    const auto end = request.find('<', begin);
    const auto path =
        certificates_from_pkipath(base::from_base64(request.substr(begin, end - begin)).value());
    REQUIRE(path);
    const std::string last = path->back().common_name();
    CHECK((last == "alice3072" || last == "bob3072"));
}
