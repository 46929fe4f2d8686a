// SPDX-License-Identifier: Apache-2.0
// Each route of the doors needs the scope that it names, and no other.
#include "doors.hpp"

#include "api/routes.hpp"

#include <catch2/catch.hpp>

using namespace doors;

namespace {

msh::Caller without(msh::Scope missing)
{
    auto scopes = msh::Scopes::all();
    scopes.remove(missing);
    return {"client", queue::Visibility::all(), scopes};
}

// A path that the pattern fits.
std::string path_for(std::string_view pattern)
{
    std::string path;
    while (!pattern.empty()) {
        const auto open = pattern.find('{');
        path += pattern.substr(0, open);
        if (open == std::string_view::npos) break;
        path += "1";
        pattern.remove_prefix(pattern.find('}') + 1);
    }
    return path;
}

} // namespace

TEST_CASE("each route refuses a caller without its scope, and takes one without any other", "[api]")
{
    for (const auto routes : {api::rest_routes(), api::admin_routes(), api::metrics_routes()}) {
        for (const auto& route : routes) {
            for (const auto missing : msh::all_scopes) {
                CAPTURE(route.method, route.pattern, msh::to_text(missing));
                const auto may = api::authorize(route, without(missing));
                if (route.access.scope() == missing)
                    CHECK(may.error().code == api::errc::scope_missing);
                else
                    CHECK(may);
            }
        }
    }
}

TEST_CASE("the REST door lets each client do what its scopes allow", "[api]")
{
    Pair pair;
    for (const auto missing : msh::all_scopes) {
        auto client = Pair::client("limited", pair.a.participant);
        client.scopes = without(missing).scopes;
        api::RestDoor door(pair.a.msh(), {client});
        for (const auto& route : api::rest_routes()) {
            CAPTURE(route.method, route.pattern, msh::to_text(missing));
            const auto answer = pair.ask(
                door, Pair::request("limited", std::string(route.method), path_for(route.pattern))
            );
            const bool refused =
                answer.status == 403 && body_of(answer).at("code") == "scope_missing";
            CHECK(refused == (route.access.scope() == missing));
        }
    }
}

TEST_CASE("the operator may do everything, and a message service cannot operate", "[api]")
{
    for (const auto scope : msh::all_scopes) {
        CHECK(msh::Scopes::all().has(scope));
        CHECK(msh::Scopes::of_message_service().has(scope) == (scope != msh::Scope::operate));
        CHECK(msh::scope_from_text(msh::to_text(scope)) == scope);
    }
    CHECK(msh::Scopes().empty());
    CHECK_FALSE(msh::scope_from_text("everything"));
    CHECK_FALSE(msh::scope_from_text(""));
}

TEST_CASE("routes that anybody may ask see no message", "[api]")
{
    const auto caller = api::unknown_caller();
    CHECK(caller.scopes.empty());
    CHECK_FALSE(caller.visibility.is_all());
    CHECK_FALSE(caller.visibility.includes(""));
}
