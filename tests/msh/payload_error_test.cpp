// SPDX-License-Identifier: Apache-2.0
// Payload files that are removed, cut or changed under a running service: who hears what, and what
// becomes of the message.
#include "msh/payload_error.hpp"

#include "pair.hpp"

#include <fstream>

using namespace std::chrono_literals;
using pair::Pair;
namespace asio = boost::asio;

namespace {

enum class Damage { removed, cut, changed };

base::Path payload_of(support::AccessPoint& side)
{
    const auto folder = side.queue().spool_folder().parent_path() / "payloads";
    const auto names = base::list_folder(folder);
    REQUIRE(names);
    REQUIRE(names->size() == 1);
    return folder / names->front();
}

void damage(const base::Path& file, Damage how)
{
    if (how == Damage::removed) std::filesystem::remove(file);
    if (how == Damage::cut) std::filesystem::resize_file(file, 1000);
    if (how != Damage::changed) return;
    std::fstream octets(file, std::ios::in | std::ios::out | std::ios::binary);
    octets.seekp(static_cast<std::streamoff>(std::filesystem::file_size(file) / 2));
    octets.write("changed", 7);
}

struct Given {
    std::string octets;
    std::optional<base::Error> error;
    std::uint64_t size = 0;
};

asio::awaitable<Given> fetch(support::AccessPoint& side, msh::Caller caller, std::string id)
{
    Given given;
    auto payload = co_await side.msh().payload(caller, id, 0);
    if (!payload) {
        given.error = payload.error();
        co_return given;
    }
    given.size = payload->size;
    while (true) {
        auto piece = co_await payload->source->next();
        if (!piece) given.error = piece.error();
        if (!piece || piece->empty()) break;
        given.octets += *piece;
    }
    co_return given;
}

} // namespace

TEST_CASE("only a missing or changed payload file is lost; all else may pass", "[msh]")
{
    CHECK(
        msh::payload_error(base::Error(base::errc::not_found, "f")).code ==
        queue::errc::payload_lost
    );
    CHECK(
        msh::payload_error(base::Error(base::errc::changed, "f")).code == queue::errc::payload_lost
    );
    const auto denied = msh::payload_error(base::Error(base::errc::not_permitted, "f"));
    CHECK(denied.code == base::errc::not_permitted);
}

TEST_CASE("a client is never given a damaged payload as a whole one", "[msh]")
{
    const auto how = GENERATE(Damage::removed, Damage::cut, Damage::changed);
    Pair pair;
    const auto submitted = pair.submit(pair.document("<a>" + pair::noise(300'000) + "</a>"));
    REQUIRE(submitted);
    REQUIRE(pair.reaches(submitted->id, queue::State::delivered));
    const auto items = pair.lease();
    REQUIRE(items.size() == 1);
    const auto caller = support::message_service("mt-b", {pair.b.participant});
    const auto file = payload_of(pair.b);
    const auto kept = base::read_file(file, 1 << 20);
    REQUIRE(kept);
    damage(file, how);
    const auto given = support::wait_for<Given>(pair.io, fetch(pair.b, caller, items.front().id));
    REQUIRE(given.error);
    CHECK(given.error->code == queue::errc::payload_lost);
    CHECK(given.error->detail.find(file.string()) != std::string::npos);
    CHECK((given.size == 0 || given.octets.size() < given.size));

    std::filesystem::remove(file);
    REQUIRE(base::replace_file(file, *kept)); // from a backup
    CHECK(pair.fetch(items.front().id).size() > 300'000);
}

TEST_CASE(
    "a message whose payload file is damaged is not sent, says why, and goes when it is back",
    "[msh]"
)
{
    const auto how = GENERATE(Damage::removed, Damage::cut, Damage::changed);
    Pair pair;
    std::optional<base::Bytes> kept;
    std::vector<std::string> whole; // bodies that arrived
    bool damaged = false;
    pair.a.network = [&](support::HttpBody body) -> asio::awaitable<pair::Sent> {
        if (!damaged) co_return pair::html(200); // proves nothing: it is tried again
        whole.push_back(body.octets);
        auto sent = co_await pair.to_b(std::move(body));
        co_return sent;
    };
    const auto submitted = pair.submit(pair.document("<a>" + pair::noise(300'000) + "</a>"));
    REQUIRE(submitted);
    const auto file = payload_of(pair.a);
    kept = base::read_file(file, 1 << 20).value();
    damage(file, how);
    damaged = true;
    const auto says = [&] { return pair.at_a(submitted->id).summary.last_error; };
    REQUIRE(support::run_until(pair.io, [&] {
        return says().find(file.string()) != std::string::npos;
    }));
    CHECK(says().find("bring the file back from a backup") != std::string::npos);
    CHECK(pair.at_a(submitted->id).summary.state != queue::State::bounced);
    CHECK(whole.empty());

    std::filesystem::remove(file);
    REQUIRE(base::replace_file(file, *kept));
    REQUIRE(pair.reaches(submitted->id, queue::State::delivered));
}
