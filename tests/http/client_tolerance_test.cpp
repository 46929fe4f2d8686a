// SPDX-License-Identifier: Apache-2.0
// Answers as peers and proxies really send them, over a socket: what is taken of each, and whether
// the connection is used again.
#include "client_bench.hpp"
#include "program.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace std::chrono_literals;
using http::errc;
using Bench = ClientBench;

TEST_CASE("each request says who asks and that it wants no coding", "[http][RFC 9110 10.1.5]")
{
    http::ClientLimits limits;
    limits.user_agent = GENERATE("", "Firewall-Friendly/1.0 (kommun)");
    Bench bench(limits);
    auto request = bench.request();
    request.method = GENERATE("POST", "GET", "HEAD");
    const bool own = GENERATE(false, true);
    if (own) request.headers.set("user-agent", "mine");
    if (own) request.headers.set("accept-encoding", "gzip");
    bench.send(std::move(request));
    auto peer = bench.server.accept();
    const auto header = peer.read_until("\r\n\r\n");
    const std::string agent =
        limits.user_agent.empty() ? "Kurir/" KURIR_VERSION : limits.user_agent;
    CHECK((header.find("\r\nUser-Agent: " + agent + "\r\n") == std::string::npos) == own);
    CHECK((header.find("\r\nAccept-Encoding: identity\r\n") == std::string::npos) == own);
    CHECK((header.find("\r\nuser-agent: mine\r\n") != std::string::npos) == own);
    peer.send("HTTP/1.1 204 No\r\n\r\n");
    CHECK(bench.wait());
}

TEST_CASE("a connection is used again only if the end of its answer was certain", "[http]")
{
    struct Row {
        const char* octets;
        bool again;
    };
    const auto row = GENERATE(values<Row>({
        {"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nhi", true},
        {"HTTP/1.1 200\nContent-Length: 2\n\nhi", true},
        {"HTTP/1.1 204 No\r\n\r\n", true},
        {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", true},
        {"HTTP/1.1 999 What\r\nContent-Length: 2\r\n\r\nhi", true},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: "
         "chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
         false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nnonsense\r\n\r\nhi", false},
        {"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nhi", false},
        {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", false},
        {"HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\nhi", false}, // a body that must not be there
    }));
    CAPTURE(row.octets);
    Bench bench;
    bench.send(bench.request());
    auto first = bench.server.accept();
    first.read_until("xxxxx");
    first.send(row.octets);
    REQUIRE(bench.wait());
    CHECK(bench.wait()->status == std::stoi(std::string(row.octets + 9, 3)));
    bench.send(bench.request());
    if (row.again) {
        CHECK(first.read_until("xxxxx").starts_with("POST /msh"));
        first.send(ok);
    } else {
        auto second = bench.server.accept();
        second.read_until("xxxxx");
        second.send(ok);
    }
    REQUIRE(bench.wait());
    CHECK(bench.wait()->body == "hi");
}

TEST_CASE("interim answers are passed over, several too; 101 never", "[http][RFC 9110 15.2]")
{
    Bench bench;
    const auto& response = bench.answered(
        "HTTP/1.1 100\r\n\r\nHTTP/1.1 103 Early Hints\nLink: </a>\n folded\n\nHTTP/1.1 199 "
        "What\r\nContent-Length: 7\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" +
        ok
    );
    REQUIRE(response);
    CHECK(response->body == "hi");
    Bench other;
    const auto& switched = other.answered("HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n" + ok);
    REQUIRE_FALSE(switched);
    CHECK(switched.error().code == errc::bad_response);
    CHECK(switched.error().text().find("101") != std::string::npos);
}

TEST_CASE("a header of 60 KB is read", "[http]")
{
    Bench bench;
    const auto& response = bench.answered(
        "HTTP/1.1 200 OK\r\nContent-Security-Policy: " + std::string(30'000, 'x') +
        "\r\nSet-Cookie: " + std::string(30'000, 'y') + "\r\nContent-Length: 2\r\n\r\nhi"
    );
    REQUIRE(response);
    CHECK(response->headers.get("Set-Cookie")->size() == 30'000);
}

TEST_CASE("an answer's codings are told", "[http][RFC 9110 8.4]")
{
    struct Row {
        const char* fields;
        const char* codings;
    };
    const auto row = GENERATE(values<Row>({
        {"", ""},
        {"Content-Encoding: identity\r\n", ""},
        {"Content-Encoding:\r\n", ""},
        {"Content-Encoding: GZIP\r\n", "Content-Encoding: GZIP"},
        {"Content-Encoding: deflate,\r\n br\r\nContent-Encoding: Identity\r\n",
         "Content-Encoding: deflate, br"},
        {"Transfer-Encoding: gzip\r\n", "Transfer-Encoding: gzip"},
        {"Content-Encoding: br\r\nTransfer-Encoding: gzip\r\n",
         "Content-Encoding: br, Transfer-Encoding: gzip"},
    }));
    CAPTURE(row.fields);
    Bench bench;
    const auto& response =
        bench.answered("HTTP/1.1 200 OK\r\n" + std::string(row.fields) + "\r\nhi");
    REQUIRE(response);
    CHECK(response->body == "hi");
    CHECK(response->codings == row.codings);
}

TEST_CASE("an answer that is cut short is kept for a caller who can prove it whole", "[http]")
{
    struct Row {
        const char* octets;
        errc code;
        bool stalls;
    };
    const auto row = GENERATE(values<Row>({
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi", errc::broken_after, false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi", errc::timeout_after, true},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", errc::broken_after,
         false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhithere\r\n",
         errc::bad_response, false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nzz\r\n",
         errc::bad_response, false},
    }));
    CAPTURE(row.octets);
    http::ClientLimits limits;
    limits.piece = row.stalls ? 40ms : 10s;
    for (const bool keep : {true, false}) {
        Bench bench(limits);
        auto request = bench.request();
        request.keep_incomplete = keep;
        bench.send(std::move(request));
        auto peer = bench.server.accept();
        peer.read_until("xxxxx");
        peer.send(row.octets);
        if (!row.stalls) peer.close();
        const auto& response = bench.wait();
        if (!keep) {
            REQUIRE_FALSE(response);
            CHECK(response.error().code == row.code);
            continue;
        }
        REQUIRE(response);
        CHECK(response->status == 200);
        CHECK(response->body == "hi");
        REQUIRE(response->incomplete);
        CHECK(response->incomplete->code == row.code);
    }
}

TEST_CASE("an answer without any body is no incomplete one", "[http]")
{
    Bench bench;
    auto request = bench.request();
    request.keep_incomplete = true;
    bench.send(std::move(request));
    auto peer = bench.server.accept();
    peer.read_until("xxxxx");
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    peer.close();
    REQUIRE_FALSE(bench.wait());
    CHECK(bench.wait().error().code == errc::broken_after);
}

TEST_CASE("a TLS server at an http URL is told as such", "[http]")
{
    Bench bench;
    const auto& response = bench.answered(std::string("\x15\x03\x01\x00\x02\x02\x46", 7));
    REQUIRE_FALSE(response);
    CHECK(response.error().text().find("https") != std::string::npos);
}

TEST_CASE("Python's http.server is a peer, in HTTP/1.0 and HTTP/1.1", "[http]")
{
    if (!is_installed("python3")) {
        WARN("SKIPPED: python3 is not installed");
        return;
    }
    const support::TemporaryFolder folder;
    const auto script = (folder.path() / "peer.py").string();
    std::ofstream(script) << R"(
import http.server, sys
class Peer(http.server.BaseHTTPRequestHandler):
    protocol_version = sys.argv[2]
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("X", self.headers["User-Agent"])
        if self.path == "/folded":
            self.send_header("Folded", "a\r\n b")
        if self.path == "/chunked":
            self.send_header("Transfer-Encoding", "chunked")
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        elif self.path != "/closed":
            self.send_header("Content-Length", str(len(body)))
        else:
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Peer).serve_forever()
)";
    Bench bench;
    const std::string version = GENERATE("HTTP/1.0", "HTTP/1.1");
    Program python(bench.loop, {"python3", script, "PORT", version});
    for (const std::string path : {"/plain", "/folded", "/chunked", "/closed", "/plain"}) {
        CAPTURE(version, path);
        auto request = bench.request();
        request.url = "http://127.0.0.1:" + std::to_string(python.port()) + path;
        bench.send(std::move(request));
        const auto& response = bench.wait();
        REQUIRE(response);
        CHECK(response->body == "xxxxx");
        CHECK(response->headers.get("X") == "Kurir/" KURIR_VERSION);
        if (path == "/folded") CHECK(response->headers.get("Folded") == "a b");
    }
}
