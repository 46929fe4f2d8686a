// SPDX-License-Identifier: Apache-2.0
// A client certificate that is refused is told from an unknown outcome: nothing has arrived then.
#include "program.hpp"
#include "tls_bench.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

namespace {

using http::ClientCertificate;
using http::errc;

// Whom a server that demands a certificate of the federation will not have, and what we say then.
struct Unwanted {
    http::TlsFiles files;
    errc code = errc::certificate_refused;
    std::string words;
};

// Every call makes another identity, so one is kept, and removed at the end.
struct Coming {
    support::Identity own = federation().coming_identity("early", std::chrono::hours(1));
    ~Coming()
    {
        std::error_code ignored;
        std::filesystem::remove_all(own.key_file.parent_path(), ignored);
    }
};

Unwanted unwanted()
{
    const auto* const whom = GENERATE("nobody", "a stranger", "an expired one", "a coming one");
    if (whom == std::string("a stranger")) {
        const auto own = strangers().identity("client");
        return {
            files(own, federation()), errc::certificate_refused,
            "ours: " + crypto::described(own.certificate()) +
                "; the peer must accept it or its CA, or you set another in tls_key"
        };
    }
    if (whom == std::string("an expired one"))
        return {
            files(federation().expired_identity("late"), federation()),
            errc::own_certificate_invalid, "; renew tls_key and tls_certificate and restart kurird"
        };
    if (whom == std::string("a coming one")) {
        static const Coming coming;
        return {
            files(coming.own, federation()), errc::own_certificate_invalid,
            "; wait until it is valid, or set another in tls_key and tls_certificate"
        };
    }
    return {anonymous(), errc::certificate_demanded, "set tls_key and tls_certificate"};
}

void check_told(const base::Error& error, const Unwanted& whom)
{
    CAPTURE(error.text());
    CHECK(error.code == whom.code);
    CHECK(error.text().find(whom.words) != std::string::npos);
    // The peer can do nothing about a validity of ours.
    const bool ours = whom.code != errc::certificate_refused;
    CHECK((error.text().find("the peer must") == std::string::npos) == ours);
}

} // namespace

TEST_CASE(
    "a refused client certificate is told as that, also in TLS 1.3 where it shows late",
    "[http][RFC 8446 4.4.2.4]"
)
{
    TlsBench bench(ClientCertificate::required);
    auto whom = unwanted();
    whom.files.min_version = whom.files.max_version = GENERATE("1.2", "1.3");
    // The write ends before the alert comes, or breaks because of it.
    const auto body = GENERATE(std::size_t(5), std::size_t(3'000'000));
    const auto response = bench.ask(whom.files, "localhost", body);
    REQUIRE_FALSE(response);
    check_told(response.error(), whom);
}

TEST_CASE(
    "another program's refusal is understood too, while we write and after it",
    "[http][RFC 8446 4.4.2.4]"
)
{
    Loop loop;
    const auto own = federation().identity("server");
    Program server(
        loop, {"openssl", "s_server", "-accept", "127.0.0.1:PORT", "-cert", own.chain_file.string(),
               "-key", own.key_file.string(), "-CAfile", federation().certificate_file().string(),
               "-Verify", "1", "-verify_return_error", "-www", "-quiet"}
    );
    const auto ask = [&](http::TlsFiles settings, const std::string& version, std::size_t body) {
        settings.min_version = settings.max_version = version;
        const auto client = http::Client::make(
            loop.io.get_executor(), http::client_context(settings).value(), http::ClientLimits()
        );
        http::ClientRequest request;
        request.method = body > 0 ? "POST" : "GET";
        request.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
        request.body = base::Bytes(body, 'x');
        return loop.run(client->send(std::move(request)));
    };
    const std::string version = GENERATE("1.2", "1.3");
    SECTION("whom it wants it answers")
    {
        CHECK(ask(files(federation().identity("client"), federation()), version, 0));
    }
    SECTION("whom it does not want it refuses")
    {
        const auto body = GENERATE(std::size_t(5), std::size_t(3'000'000));
        const auto whom = unwanted();
        const auto response = ask(whom.files, version, body);
        REQUIRE_FALSE(response);
        CAPTURE(body);
        check_told(response.error(), whom);
    }
}

TEST_CASE("no suite in common is no word about our certificate", "[http]")
{
    auto server = server_files(ClientCertificate::required);
    server.ciphers = "ECDHE-RSA-AES128-GCM-SHA256";
    server.max_version = "1.2";
    TlsBench bench(server);
    auto settings = anonymous();
    settings.ciphers = "ECDHE-RSA-AES256-GCM-SHA384";
    const auto response = bench.ask(settings);
    REQUIRE_FALSE(response);
    CHECK(response.error().code == errc::tls_failed);
}

TEST_CASE("a server whose certificate we refuse has not refused ours", "[http]")
{
    TlsBench bench(server_files(ClientCertificate::required));
    auto settings = files(federation().identity("client"), strangers());
    const auto response = bench.ask(settings);
    REQUIRE_FALSE(response);
    CHECK(response.error().code == errc::server_certificate);
}
