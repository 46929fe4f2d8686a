// SPDX-License-Identifier: Apache-2.0
// Which verb answers, and who may ask.
#include "api/routes.hpp"

#include "crypto/digest.hpp"
#include "support/authority.hpp"
#include "support/scripted_request.hpp"

#include <catch2/catch.hpp>

namespace {

constexpr api::Route routes[] = {
    {"POST", "/v1/messages", nullptr, msh::Scope::read},
    {"GET", "/v1/messages", nullptr, msh::Scope::read},
    {"GET", "/v1/messages/{id}", nullptr, msh::Scope::read},
    {"GET", "/v1/messages/{id}/receipt", nullptr, msh::Scope::read},
};

api::Client client(const std::string& name, const std::string& token)
{
    api::Client client;
    client.name = name;
    client.participants = {"0203:" + name + ".example"};
    if (!token.empty()) client.token_sha256 = crypto::sha256(token);
    return client;
}

support::ScriptedRequest with_token(const std::string& header)
{
    support::ScriptedRequest request("GET", "/v1/messages");
    request.fields.set("Authorization", header);
    return request;
}

} // namespace

TEST_CASE("a path leads to its verb, with the id that stands in it", "[api]")
{
    CHECK(api::match(routes, "GET", "/v1/messages")->route == &routes[1]);
    const auto shown = api::match(routes, "GET", "/v1/messages/abc");
    REQUIRE(shown);
    CHECK(shown->route == &routes[2]);
    CHECK(shown->id == "abc");
    CHECK(api::match(routes, "GET", "/v1/messages/abc/receipt")->id == "abc");
}

TEST_CASE("a path that is none is not found", "[api]")
{
    const auto path = GENERATE(
        "/", "", "/v1", "/v1/messages/", "/v1/messages//receipt", "/v1/messages/a/b",
        "/v1/messages/a/b/receipt", "/V1/messages", "/v1/messages/a/receipt/"
    );
    CAPTURE(path);
    CHECK(api::match(routes, "GET", path).error().code == api::errc::no_such_path);
}

TEST_CASE("a wrong method is told the right ones", "[api][RFC 9110 15.5.6]")
{
    CHECK(
        api::match(routes, "DELETE", "/v1/messages").error().code == api::errc::method_not_allowed
    );
    CHECK(api::match(routes, "get", "/v1/messages").error().code == api::errc::method_not_allowed);
    CHECK(api::allowed(routes, "/v1/messages") == "POST, GET, HEAD");
    CHECK(api::allowed(routes, "/v1/messages/abc") == "GET, HEAD");
    CHECK(api::match(routes, "HEAD", "/v1/messages/abc")->route == &routes[2]);
    const support::ScriptedRequest request("DELETE", "/v1/messages", "body");
    const auto response = api::refuse(base::Error(api::errc::method_not_allowed), routes, request);
    CHECK(response.status == 405);
    CHECK(response.headers.get("Allow") == "POST, GET, HEAD");
    CHECK_FALSE(response.close); // the server ends it if much is unread
}

TEST_CASE("a client is known by its token", "[api][RFC 6750 2.1]")
{
    const std::vector<api::Client> clients{
        client("a", "secret of a, long"), client("b", "secret of b, long")
    };
    CHECK(api::authenticate(clients, with_token("Bearer secret of b, long"))->name == "b");
    CHECK(
        api::authenticate(clients, with_token("bearer secret of a, long"))
            ->visibility.participants() == clients[0].participants
    );
    for (const char* wrong :
         {"Bearer secret of c, long", "Bearer ", "Bearer", "", "Basic c2VjcmV0",
          "secret of a, long", "Bearer secret of a"}) {
        CAPTURE(wrong);
        CHECK(
            api::authenticate(clients, with_token(wrong)).error().code == api::errc::unauthorized
        );
    }
    CHECK_FALSE(api::authenticate(clients, support::ScriptedRequest("GET", "/v1/messages")));
}

TEST_CASE("a client without a token is not opened by an empty one", "[api]")
{
    CHECK_FALSE(api::authenticate({client("a", "")}, with_token("Bearer ")));
    CHECK_FALSE(api::authenticate({client("a", "")}, with_token("Bearer x")));
}

TEST_CASE("a client is known by its exact certificate", "[api]")
{
    const support::Authority authority;
    auto known = client("a", "");
    known.certificate = authority.identity("client-a").certificate().fingerprint();
    support::ScriptedRequest request("GET", "/v1/messages");
    request.certificate = authority.identity("client-a").certificate();
    CHECK(api::authenticate({known}, request)->name == "a");
    request.certificate = authority.identity("client-b").certificate(); // of the same authority
    CHECK_FALSE(api::authenticate({known}, request));
}

TEST_CASE("a wrong token is not made good by a certificate", "[api]")
{
    const support::Authority authority;
    auto known = client("a", "secret of a, long");
    known.certificate = authority.identity("client-a").certificate().fingerprint();
    auto request = with_token("Bearer another secret");
    request.certificate = authority.identity("client-a").certificate();
    CHECK_FALSE(api::authenticate({known}, request));
}

TEST_CASE("two Authorization fields are nobody's", "[api]")
{
    auto request = with_token("Bearer secret of a, long");
    request.fields.add("authorization", "Bearer secret of a, long");
    CHECK_FALSE(api::authenticate({client("a", "secret of a, long")}, request));
}

TEST_CASE("a client bound to no participant is not let in", "[api]")
{
    auto unbound = client("a", "secret of a, long");
    unbound.participants.clear();
    CHECK_FALSE(api::authenticate({unbound}, with_token("Bearer secret of a, long")));
}
