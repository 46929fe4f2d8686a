// SPDX-License-Identifier: Apache-2.0
// The doors and the documents in schemas/ say the same: each path and method, and the members of
// what operators are told.
#include "doors.hpp"

#include "api/routes.hpp"
#include "base/file.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <sstream>

using doors::body_of;
using doors::Pair;
namespace json = boost::json;

namespace {

using Names = std::set<std::string>;

std::string document(const std::string& name)
{
    return base::read_file(base::Path(KURIR_SOURCE_DIR) / "schemas" / name, 1 << 20).value();
}

// "GET /path", of all paths of a document, which stand two and four columns in.
Names operations_of(const std::string& document)
{
    Names operations;
    std::istringstream lines(document.substr(document.find("\npaths:\n")));
    std::string path;
    for (std::string line; std::getline(lines, line) && line != "components:";) {
        if (line.starts_with("  /")) path = line.substr(2, line.find(':') - 2);
        for (const std::string method : {"get", "post", "put", "patch", "delete"})
            if (line == "    " + method + ":")
                operations.insert(
                    (method == "get"    ? "GET "
                     : method == "post" ? "POST "
                                        : "? ") +
                    path
                );
    }
    return operations;
}

Names operations_of(std::span<const api::Route> routes)
{
    Names operations;
    for (const auto& route : routes)
        operations.insert(std::string(route.method) + " " + std::string(route.pattern));
    return operations;
}

// The words of a list in brackets that follows `what`, in what follows "    NAME:".
Names listed(const std::string& document, const std::string& name, const std::string& what)
{
    const auto schema = document.find("\n    " + name + ":\n");
    REQUIRE(schema != std::string::npos);
    const auto list = document.find(what + ": [", schema);
    REQUIRE(list != std::string::npos);
    const auto begin = list + what.size() + 3;
    std::istringstream words(document.substr(begin, document.find(']', begin) - begin));
    Names names;
    for (std::string word; std::getline(words, word, ',');)
        names.emplace(base::trim(word));
    return names;
}

Names members(const json::value& object)
{
    Names names;
    for (const auto& member : object.as_object())
        names.emplace(member.key());
    return names;
}

} // namespace

TEST_CASE("each route of a door is in its document, and nothing else is", "[api]")
{
    const auto rest = operations_of(document("openapi.yaml"));
    const auto admin = operations_of(document("admin.yaml"));
    CHECK(rest == operations_of(api::rest_routes()));
    CHECK(admin == operations_of(api::admin_routes()));
    for (const auto& operation : operations_of(api::metrics_routes()))
        CHECK((rest.contains(operation) || admin.contains(operation)));
    CHECK(rest.size() > 10); // the reader reads
    CHECK(admin.size() > 15);
}

TEST_CASE("what operators are told has the members that its document names", "[api]")
{
    Pair pair;
    const auto admin = document("admin.yaml");
    const auto required = [&](const std::string& name) { return listed(admin, name, "required"); };
    const auto peer = pair.a.msh().pmodes().peers().front().name;
    const auto paused = support::wait_for(
        pair.io, pair.a.msh().set_admin_state(peer, queue::AdminState::paused, "why")
    );
    REQUIRE(paused);
    const auto get = [&](const std::string& path) {
        return body_of(pair.ask(pair.admin_a, Pair::request("", "GET", path)));
    };
    const auto status = get("/admin/status");
    CHECK(members(status) == required("Status"));
    CHECK(members(status.at("peers").at(0)) == required("Peer"));
    const auto destinations = get("/admin/peers");
    CHECK(members(destinations) == required("Destinations"));
    CHECK(members(destinations.at("items").at(0)) == required("Destination"));
    CHECK(members(destinations.at("admin_states").at(0)) == required("Decided"));
}

TEST_CASE("each word that operators are told is in the document", "[api]")
{
    const auto admin = document("admin.yaml");
    const auto shortages = listed(admin, "Shortage", "enum");
    for (std::size_t n = 0; n < msh::shortages; ++n)
        CHECK(shortages.contains(std::string(msh::to_text(static_cast<msh::Shortage>(n)))));
    using Why = queue::Stuck::Why;
    Names why;
    for (const auto each :
         {Why::overdue, Why::lapsed, Why::unfetched, Why::no_peer, Why::certificate})
        why.emplace(queue::to_text(each));
    CHECK(listed(admin, "Stuck", "enum") == why);
    using queue::AdminState;
    Names admin_states;
    for (const auto each : {AdminState::open, AdminState::paused, AdminState::drained})
        admin_states.emplace(queue::to_text(each));
    CHECK(listed(admin, "AdminState", "enum") == admin_states);
    using msh::Breaker;
    Names breakers;
    for (const auto each : {Breaker::closed, Breaker::open, Breaker::probing})
        breakers.emplace(msh::to_text(each));
    CHECK(listed(admin, "Breaker", "enum") == breakers);
}
