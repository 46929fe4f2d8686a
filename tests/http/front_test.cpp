// SPDX-License-Identifier: Apache-2.0
// Behind a proxy: whose word is taken for who the client is, and whose is not.
#include "http/front.hpp"

#include "http/client.hpp"
#include "preambles.hpp"
#include "server_bench.hpp"
#include "support/authority.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace std::chrono_literals;
using http::ClientCertificate;

namespace {

const support::Authority& federation()
{
    static const support::Authority authority("federation");
    return authority;
}

std::string rfc9440(const crypto::Certificate& certificate)
{
    return ":" + base::base64(certificate.der()) + ":";
}

// As nginx's $ssl_client_escaped_cert has it.
std::string escaped_pem(const support::Identity& identity)
{
    return base::percent_encode(support::file_octets(identity.certificate_file));
}

http::Front front(const std::string& header, ClientCertificate client)
{
    http::Front result;
    result.proxies = http::AddressList::parse({"127.0.0.1"}).value();
    result.certificate_header = header;
    result.client = client;
    result.issuers = std::make_shared<const crypto::TrustStore>(
        std::vector{federation().certificate()}, crypto::Use::tls_client
    );
    return result;
}

std::shared_ptr<const http::Front> shared(http::Front value)
{
    return std::make_shared<const http::Front>(std::move(value));
}

asio::awaitable<http::Response> who(http::Request& request)
{
    const auto& client = request.client_certificate();
    co_return http::plain(
        200, "text/plain", (client ? client->common_name() : "nobody") + " at " + request.remote()
    );
}

std::string get(const std::string& fields = "")
{
    return "GET / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

std::string get(const crypto::Certificate& certificate)
{
    return get("Client-Cert: " + rfc9440(certificate) + "\r\n");
}

http::TlsFiles files(const support::Identity& own)
{
    http::TlsFiles result;
    result.key = own.key_file;
    result.certificate = own.chain_file;
    result.ca = federation().certificate_file();
    return result;
}

} // namespace

TEST_CASE("a proxy may write the certificate in either form", "[http][RFC 9440 2.1]")
{
    const auto client = federation().identity("client");
    const auto told = front("Client-Cert", ClientCertificate::required);
    http::Headers headers;
    SECTION("DER between colons")
    {
        headers.set("client-cert", rfc9440(client.certificate()));
    }
    SECTION("PEM with percent escapes")
    {
        headers.set("Client-Cert", escaped_pem(client));
    }
    const auto certificate = told.told(headers, base::now());
    REQUIRE(certificate);
    REQUIRE(*certificate);
    CHECK(**certificate == client.certificate());
}

TEST_CASE("no header, or an empty one, is no certificate", "[http]")
{
    http::Headers headers;
    const std::string value = GENERATE("absent", "", "::");
    if (value != "absent") headers.set("Client-Cert", value);
    const auto told = front("Client-Cert", ClientCertificate::required).told(headers, base::now());
    REQUIRE(told);
    CHECK_FALSE(*told);
}

TEST_CASE("a header that is there twice or holds no certificate is refused", "[http][RFC 9440 4]")
{
    const auto client = federation().identity("client");
    const auto good = rfc9440(client.certificate());
    http::Headers headers;
    SECTION("twice")
    {
        headers.add("Client-Cert", good);
        headers.add("client-cert", good);
    }
    SECTION("other things")
    {
        const std::string value = GENERATE_COPY(
            std::string(":"), ":x:", ":AAAA:", "nobody", good.substr(1), good + ", " + good,
            good.substr(0, 200) + ":", escaped_pem(client) + escaped_pem(client),
            escaped_pem(client).substr(0, 500)
        );
        CAPTURE(value);
        headers.set("Client-Cert", value);
    }
    const auto told = front("Client-Cert", ClientCertificate::required).told(headers, base::now());
    REQUIRE_FALSE(told);
    CHECK(told.error().code == http::errc::bad_request);
}

TEST_CASE("what a proxy passes on must be trusted by us, now", "[http]")
{
    const auto asked = front("Client-Cert", ClientCertificate::optional);
    const auto refused = [&](const support::Identity& identity, base::Time at) {
        http::Headers headers;
        headers.set("Client-Cert", rfc9440(identity.certificate()));
        const auto told = asked.told(headers, at);
        return !told && told.error().code == http::errc::not_identified;
    };
    const auto client = federation().identity("client");
    CHECK_FALSE(refused(client, base::now()));
    CHECK(refused(client, client.certificate().not_after() + 1s));
    CHECK(refused(client, client.certificate().not_before() - 1s));
    CHECK(refused(federation().expired_identity("client"), base::now()));
    CHECK(refused(support::Authority("strangers").identity("client"), base::now()));
}

TEST_CASE("why a certificate that a proxy passes on is refused is told, by its cause", "[http]")
{
    const auto asked = front("Client-Cert", ClientCertificate::optional);
    const auto told = [&](const support::Identity& identity) {
        http::Headers headers;
        headers.set("Client-Cert", rfc9440(identity.certificate()));
        const auto text = asked.told(headers, base::now()).error().text();
        CHECK(text.find(crypto::described(identity.certificate())) != std::string::npos);
        return text;
    };
    CHECK(told(federation().expired_identity("client")).find("has expired") != std::string::npos);
    const auto stranger = told(support::Authority("strangers").identity("client"));
    CHECK(stranger.find("no trusted CA issued") != std::string::npos);
    CHECK(stranger.find("tls_ca of this listener") != std::string::npos);
}

TEST_CASE("each request on a proxy's connection has its own client", "[http]")
{
    ServerBench bench(who, {}, shared(front("Client-Cert", ClientCertificate::optional)));
    auto proxy = bench.raw();
    const auto ask = [&](const std::string& request) {
        proxy.send(request);
        return proxy.read_until(" at ");
    };
    CHECK(ask(get(federation().identity("a").certificate())).ends_with("\r\n\r\na at "));
    CHECK(
        ask(get(federation().identity("b").certificate())).find("\r\n\r\nb at ") !=
        std::string::npos
    );
    CHECK(ask(get()).find("\r\n\r\nnobody at ") != std::string::npos);
}

TEST_CASE("where a certificate is required, a proxy's request without one is refused", "[http]")
{
    ServerBench bench(who, {}, shared(front("Client-Cert", ClientCertificate::required)));
    CHECK(status_of(bench.answer(get())) == 403);
    CHECK(status_of(bench.answer(get("Client-Cert: ::\r\n"))) == 403);
    CHECK(status_of(bench.answer(get("Client-Cert: what\r\n"))) == 400);
    const auto stranger = support::Authority("strangers").identity("client").certificate();
    const auto answer = bench.answer(get(stranger));
    CHECK(status_of(answer) == 403);
    CHECK(answer.find("Connection: close") != std::string::npos);
}

TEST_CASE("the header of somebody who is no listed proxy says nothing", "[http]")
{
    const auto wanted = GENERATE(ClientCertificate::optional, ClientCertificate::required);
    auto before = front("Client-Cert", wanted);
    before.proxies = http::AddressList::parse({"192.0.2.1", "127.0.0.2"}).value();
    ServerBench bench(who, {}, shared(before));
    auto peer = bench.raw();
    peer.send(get(federation().identity("client").certificate()));
    peer.end_sending();
    const auto answer = peer.read_all();
    CHECK(status_of(answer) == (wanted == ClientCertificate::required ? 403 : 200));
    CHECK(answer.find("client at") == std::string::npos);
}

TEST_CASE("without a header that is asked for, nobody's header says anything", "[http]")
{
    ServerBench direct(who);
    auto peer = direct.raw();
    peer.send(get(federation().identity("client").certificate()));
    CHECK(peer.read_until(" at ").find("nobody at ") != std::string::npos);
}

TEST_CASE(
    "at a door with TLS the header counts from a listed proxy only, the handshake else", "[http]"
)
{
    Loop loop;
    auto settings = files(federation().identity("server"));
    settings.client = ClientCertificate::required;
    auto before = front("Client-Cert", ClientCertificate::required);
    const bool listed = GENERATE(true, false);
    if (!listed) before.proxies = http::AddressList::parse({"192.0.2.1"}).value();
    http::Listen listen;
    listen.address = "127.0.0.1:0";
    listen.tls = http::server_context(settings).value();
    listen.front = shared(before);
    auto server =
        http::Server::start(loop.io.get_executor(), listen, http::ServerLimits(), who).value();
    const auto context = http::client_context(files(federation().identity("proxy"))).value();
    const auto client = http::Client::make(loop.io.get_executor(), context, http::ClientLimits());
    const auto ask = [&](bool with_header) {
        http::ClientRequest request;
        request.url = "https://localhost:" + std::to_string(server->port()) + "/";
        const auto told = federation().identity("client").certificate();
        if (with_header) request.headers.set("Client-Cert", rfc9440(told));
        return loop.run(client->send(std::move(request))).value();
    };
    CHECK(ask(true).body.starts_with(listed ? "client at " : "proxy at "));
    // The proxy's own certificate is not its client's.
    CHECK(ask(false).status == (listed ? 403 : 200));
    loop.run(server->stop(0ms));
}

TEST_CASE("behind a PROXY preamble the client has its own address", "[http][PROXY 2.2]")
{
    auto before = http::Front();
    before.proxies = http::AddressList::parse({"127.0.0.1"}).value();
    before.proxy_protocol = true;
    ServerBench bench(who, {}, shared(before));
    const auto [octets, client] = GENERATE(table<std::string, std::string>(
        {{tcp4(), "192.0.2.7:4660"},
         {preamble('\x21', '\x21', tcp6_addresses), "[2001:db8::7]:4660"},
         {preamble('\x20', '\x00', ""), "127.0.0.1:"}}
    ));
    auto peer = bench.raw();
    SECTION("all at once")
    {
        peer.send(octets + get());
    }
    SECTION("in pieces")
    {
        for (const char octet : octets)
            peer.send(std::string(1, octet));
        peer.send(get());
    }
    peer.read_until("nobody at ");
    peer.send(get()); // it holds for the connection
    CHECK(peer.read_until("nobody at ").starts_with(client));
}

TEST_CASE(
    "a connection without the preamble, or from elsewhere, is closed unanswered",
    "[http][PROXY 2.2]"
)
{
    http::Front before;
    before.proxies = http::AddressList::parse({"127.0.0.1"}).value();
    before.proxy_protocol = true;
    http::ServerLimits limits;
    limits.handshake = 40ms;
    SECTION("none, or a malformed one, or half of one")
    {
        ServerBench bench(who, limits, shared(before));
        const std::string octets = GENERATE(
            get(), "", "PROXY TCP4 192.0.2.7 198.51.100.1 4660 443\r\n" + get(),
            preamble('\x21', '\x12', tcp4_addresses) + get(), tcp4().substr(0, 20)
        );
        CHECK(bench.answer(octets).empty());
    }
    SECTION("a good one from an address that is not listed")
    {
        before.proxies = http::AddressList::parse({"192.0.2.1"}).value();
        ServerBench bench(who, limits, shared(before));
        CHECK(bench.answer(tcp4() + get()).empty());
        CHECK(bench.answer(get()).empty());
    }
}

TEST_CASE("a preamble that drips is cut off however steadily it drips", "[http][PROXY 2.2]")
{
    http::Front before;
    before.proxies = http::AddressList::parse({"127.0.0.1"}).value();
    before.proxy_protocol = true;
    http::ServerLimits limits;
    limits.handshake = 50ms;
    ServerBench bench(who, limits, shared(before));
    auto peer = bench.raw();
    const auto octets = tcp4(std::string(4000, 'x'));
    asio::steady_timer drop(bench.loop.io);
    const auto wait = [&]() -> asio::awaitable<void> {
        drop.expires_after(2ms);
        co_await drop.async_wait(asio::use_awaitable);
    };
    std::size_t drops = 0;
    while (drops < octets.size() && peer.send(octets.substr(drops, 1))) {
        ++drops;
        bench.loop.run(wait());
    }
    CHECK(drops < octets.size());
}

TEST_CASE(
    "the preamble comes before TLS, and not an octet of TLS is taken for it", "[http][PROXY 2.2]"
)
{
    Loop loop;
    auto settings = files(federation().identity("server"));
    settings.client = ClientCertificate::required;
    http::Front before;
    before.proxies = http::AddressList::parse({"127.0.0.1"}).value();
    before.proxy_protocol = true;
    http::Listen listen;
    listen.address = "127.0.0.1:0";
    listen.tls = http::server_context(settings).value();
    listen.front = shared(before);
    auto server =
        http::Server::start(loop.io.get_executor(), listen, http::ServerLimits(), who).value();
    // curl speaks version 1 of the protocol only: Python writes the preamble and goes on with TLS.
    const auto own = federation().identity("client");
    const support::TemporaryFolder folder;
    const auto script = (folder.path() / "client.py").string();
    std::ofstream(script
    ) << "import socket, ssl\n"
         "s = socket.create_connection(('127.0.0.1', "
      << server->port()
      << "))\n"
         "s.sendall(bytes.fromhex('"
      << base::hex(tcp4())
      << "'))\n"
         "c = ssl.create_default_context(cafile='"
      << federation().certificate_file().string() << "')\nc.load_cert_chain('"
      << own.chain_file.string() << "', '" << own.key_file.string()
      << "')\n"
         "t = c.wrap_socket(s, server_hostname='localhost')\n"
         "t.sendall(b'GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n')\n"
         "d = b''\n"
         "while p := t.recv(4096): d += p\n"
         "print(d.decode().split('\\r\\n\\r\\n')[1], end='')\n";
    CHECK(shell(loop, "python3 " + script) == "client at 192.0.2.7:4660");
    loop.run(server->stop(0ms));
}
