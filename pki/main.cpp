// SPDX-License-Identifier: Apache-2.0
// kurir-pki makes test authorities and certificates similar to those of the federation.
// Exit status: 0 = success, 1 = failure, 2 = wrong command line.
#include "pki/arguments.hpp"
#include "pki/authorities.hpp"

#include <cstdio>

namespace {

constexpr const char* help =
    R"(kurir-pki: makes authorities and certificates for tests and demonstrations. TEST ONLY: keys are not encrypted.

Usage:
  kurir-pki init DIR
      Makes four authorities in DIR. Certificates, for everybody: ap-root.cert.pem, ap-issuing.cert.pem,
      tls-ca.cert.pem, client-ca.cert.pem. Keys, only for this program: *.test-only.key.pem.
  kurir-pki access-point DIR NAME --out FOLDER [--bits 2048|3072|4096] [--days N] [--expired]
      A certificate for AS4 signatures and encryption with CN=NAME, issued by ap-issuing:
      FOLDER/as4.key.pem, FOLDER/as4.cert.pem (the issuing authority's certificate stands behind it).
  kurir-pki tls DIR NAME --host HOST [--host HOST]... --out FOLDER [--days N] [--expired]
      A certificate for both ends of TLS: FOLDER/tls.key.pem, FOLDER/tls.cert.pem. HOST is a name or an address.
  kurir-pki client DIR NAME --out FOLDER [--days N] [--expired]
      A certificate with which a message service calls the REST interface:
      FOLDER/client.key.pem, FOLDER/client.cert.pem.

Options:
  --bits N     size of the RSA key; 3072 unless told
  --days N     valid for N days from now (and from one hour ago); 730 unless told
  --expired    a certificate that ceased to be valid yesterday
)";

pki::Validity validity(const pki::Arguments& arguments, base::Time now)
{
    using std::chrono::days;
    if (arguments.expired) return {now - days(1 + arguments.days), now - days(1)};
    return {now - std::chrono::hours(1), now + days(arguments.days)};
}

base::Result<> run(const pki::Arguments& arguments, base::Time now)
{
    const pki::Validity valid = validity(arguments, now);
    if (arguments.command == "init") return pki::make_authorities(arguments.folder, now);
    if (arguments.command == "access-point") {
        return pki::issue_access_point(
            arguments.folder, arguments.name, arguments.bits, valid, arguments.out
        );
    }
    if (arguments.command == "tls") {
        return pki::issue_tls(
            arguments.folder, arguments.name, arguments.hosts, valid, arguments.out
        );
    }
    return pki::issue_client(arguments.folder, arguments.name, valid, arguments.out);
}

} // namespace

int main(int count, char** words)
{
    const auto arguments = pki::parse_arguments(std::vector<std::string>(words + 1, words + count));
    if (!arguments) {
        std::fprintf(
            stderr, "kurir-pki: %s\nkurir-pki --help shows how it is called\n",
            arguments.error().detail.c_str()
        );
        return 2;
    }
    if (arguments->help) {
        std::fputs(help, stdout);
        return 0;
    }
    const auto done = run(*arguments, base::now());
    if (done) return 0;
    std::fprintf(stderr, "kurir-pki: %s\n", done.error().text().c_str());
    return 1;
}
