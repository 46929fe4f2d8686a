// SPDX-License-Identifier: Apache-2.0
// The generator against a door that keeps its promises, and against doors that break one.
#include "kurir-load/generator.hpp"

#include "kurir-load/null_sink.hpp"
#include "support/xhe.hpp"

#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>

using namespace kurir_load;
using namespace std::chrono_literals;

namespace {

// What becomes of the documents, the third first.
enum class Fault { none, lose, twice, change, refuse, refuse_once, invent };

class Door {
public:
    explicit Door(Fault fault) : fault_(fault)
    {
        const auto handle = [this](http::Request& request) { return answer(request); };
        auto server = http::Server::start(
            io.get_executor(), {"127.0.0.1:0", nullptr, nullptr}, http::ServerLimits{}, handle
        );
        REQUIRE(server);
        server_ = std::move(*server);
    }
    Access access() const
    {
        return {"http://127.0.0.1:" + std::to_string(server_->port()), {}, {}, {}};
    }

    asio::io_context io{1};
    Sink sink;

private:
    asio::awaitable<http::Response> answer(http::Request& request)
    {
        if (fault_ == Fault::none || request.path() != "/v1/messages" ||
            request.method() != "POST" || ++submissions_ != 3)
            co_return co_await sink.handle(request);
        base::Bytes body;
        while (true) {
            const auto piece = co_await request.read();
            REQUIRE(piece);
            if (!piece->has_value()) break;
            body += **piece;
        }
        if (fault_ == Fault::refuse || fault_ == Fault::refuse_once) co_return unavailable(body);
        if (fault_ == Fault::twice) sink.put("third", body);
        if (fault_ == Fault::change) sink.put("third", body + " ");
        if (fault_ == Fault::twice || fault_ == Fault::invent) sink.put("third", body);
        if (fault_ == Fault::invent) sink.put("stranger", "<other/>");
        co_return http::plain(202, "application/json", R"({"message_id": "third"})");
    }
    http::Response unavailable(base::Bytes body)
    {
        if (fault_ == Fault::refuse) sink.put("refused", std::move(body));
        auto response = http::plain(503, "text/plain", "");
        response.headers.set("Retry-After", "0");
        return response;
    }

    Fault fault_;
    int submissions_ = 0;
    std::unique_ptr<http::Server> server_;
};

Plan plan(bool ignore_backpressure = false)
{
    Plan plan;
    plan.schedule = Schedule(0, 10, std::nullopt);
    plan.concurrency = 4;
    plan.fetchers = 3;
    plan.ignore_backpressure = ignore_backpressure;
    plan.settle = 500ms;
    plan.quiet = 50ms;
    return plan;
}

template <class T> T wait_for(asio::io_context& io, asio::awaitable<T> work)
{
    std::optional<T> result;
    asio::co_spawn(io, std::move(work), [&](std::exception_ptr failure, T value) {
        REQUIRE_FALSE(failure);
        result = std::move(value);
    });
    while (!result)
        io.run_one_for(20s);
    return std::move(*result);
}

asio::awaitable<bool> whole(Generator& generator)
{
    const auto prepared = co_await generator.prepare();
    if (!prepared) co_return false;
    co_await generator.run();
    co_return true;
}

Run run_against(Door& door, const Plan& plan)
{
    auto service = Service::make(door.io.get_executor(), door.access(), 8);
    REQUIRE(service);
    auto document = Template::make(support::xhe("id-1", "0203:a.example", "0203:b.example"), 0);
    REQUIRE(document);
    Generator generator(door.io.get_executor(), plan, std::move(*document), *service, *service);
    REQUIRE(wait_for(door.io, whole(generator)));
    auto run = generator.result();
    service->close();
    return run;
}

} // namespace

TEST_CASE("every document comes out once, timed from its intended start", "[kurir-load]")
{
    Door door(Fault::none);
    auto paced = plan();
    paced.schedule = Schedule(1000, 200, std::nullopt);
    const auto run = run_against(door, paced);
    CHECK(run.balance.holds());
    CHECK(run.balance.promised == 200);
    CHECK(run.balance.arrived == 200);
    CHECK(run.balance.unacknowledged == 0);
    CHECK(run.begun == 200);
    CHECK(run.accepted.count() == 200);
    CHECK(run.fetched.count() == 200);
    CHECK(run.pace.length() > 190ms); // 1000 a second
}

TEST_CASE("a door that breaks a promise is found out", "[kurir-load]")
{
    using Broken = std::pair<Fault, std::uint64_t Balance::*>;
    const auto [fault, kind] = GENERATE(
        Broken{Fault::lose, &Balance::lost}, Broken{Fault::twice, &Balance::doubled},
        Broken{Fault::change, &Balance::changed}, Broken{Fault::invent, &Balance::phantom}
    );
    Door door(fault);
    const auto run = run_against(door, plan());
    CHECK(run.balance.*kind == 1);
    CHECK_FALSE(run.balance.holds());
    CHECK(run.balance.promised == 10);
}

TEST_CASE("a submission that was refused is tried again when the door says so", "[kurir-load]")
{
    Door door(Fault::refuse_once);
    const auto run = run_against(door, plan());
    CHECK(run.unavailable == 1);
    CHECK(run.balance.promised == 10);
    CHECK(run.balance.holds());
}

TEST_CASE("or is not, and then it must not come out", "[kurir-load]")
{
    Door honest(Fault::refuse_once);
    const auto run = run_against(honest, plan(true));
    CHECK(run.balance.promised == 9);
    CHECK(run.balance.refused == 1);
    CHECK(run.balance.holds());
    Door door(Fault::refuse);
    CHECK(run_against(door, plan(true)).balance.phantom == 1);
}

TEST_CASE("an inbox with something in it is left alone unless it may be emptied", "[kurir-load]")
{
    Door door(Fault::none);
    door.sink.put("earlier", "<earlier/>");
    auto service = Service::make(door.io.get_executor(), door.access(), 8);
    auto document = Template::make(support::xhe("id-1", "0203:a.example", "0203:b.example"), 0);
    REQUIRE(document);
    Generator careful(door.io.get_executor(), plan(), *document, *service, *service);
    CHECK_FALSE(wait_for(door.io, careful.prepare()));
    Door other(Fault::none);
    other.sink.put("earlier", "<earlier/>");
    auto emptying = plan();
    emptying.empty_inbox = true;
    const auto run = run_against(other, emptying);
    CHECK(run.balance.holds());
    CHECK(run.balance.arrived == 10);
}
