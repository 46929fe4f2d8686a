// SPDX-License-Identifier: Apache-2.0
// Messages that are signed again while they are retried: all their signed forms are kept.
#include "queue/sqlite.hpp"
#include "retaining.hpp"
#include "sending.hpp"

#include <algorithm>

using namespace queue;

namespace {

NewForm form(int n)
{
    return {
        .id = "id-one",
        .sealed = "sealed " + std::to_string(n),
        .earlier = "form " + std::to_string(n - 1),
        .at = at(n)
    };
}

struct One {
    support::TemporaryFolder folder;
    std::optional<Opened> store;

    One()
    {
        store.emplace(folder.path());
        REQUIRE(enqueue(queue(), outbound("one")));
        REQUIRE(claim(queue(), claim_by("a", 1))->size() == 1);
    }
    Queue& queue() { return store->queue; }
    void reopen()
    {
        store.reset();
        store.emplace(folder.path());
    }
    std::size_t events(const std::string& name)
    {
        return static_cast<std::size_t>(
            std::ranges::count(find(queue(), "id-one").events, name, &Event::name)
        );
    }
};

} // namespace

TEST_CASE("a new form goes out from then on, and the ones before are kept in order", "[queue]")
{
    One one;
    CHECK(one.queue().forms("id-one").value().empty());
    for (int n = 1; n <= 12; ++n)
        REQUIRE(add_form(one.queue(), "a", form(n)));
    one.reopen(); // as after kill -9 between this commit and the first octet that was to leave
    const auto jobs = claim(one.queue(), claim_by("b", 100)); // the lease has expired
    REQUIRE(jobs->size() == 1);
    CHECK(jobs->front().sealed == "sealed 12");
    CHECK(jobs->front().outcome_unknown);
    const auto forms = one.queue().forms("id-one").value();
    REQUIRE(forms.size() == 12);
    CHECK(forms.front() == "form 0");
    CHECK(forms.back() == "form 11");
    const auto sent = one.queue().find_sent("one@a");
    REQUIRE(sent);
    CHECK(sent->sealed == "sealed 12");
    CHECK(sent->earlier_forms == forms);
    CHECK(find(one.queue(), "id-one").envelope == "sealed 12");
    CHECK(one.events("signed_again") == 12);
}

TEST_CASE("a new form that replaces one without a Timestamp keeps none", "[queue]")
{
    One one;
    auto renewed = form(1);
    renewed.earlier.clear();
    REQUIRE(add_form(one.queue(), "a", renewed));
    one.reopen();
    CHECK(one.queue().forms("id-one").value().empty());
    CHECK(claim(one.queue(), claim_by("b", 100))->front().sealed == "sealed 1");
    CHECK(one.events("signed_again") == 1);
}

TEST_CASE("only who sends a message gives it a new form", "[queue]")
{
    One one;
    const auto refused = [&](const std::string& owner) {
        const auto added = add_form(one.queue(), owner, form(1));
        return added ? boost::system::error_code() : added.error().code;
    };
    CHECK(refused("b") == errc::wrong_state);
    SECTION("the lease was taken over")
    {
        REQUIRE(claim(one.queue(), claim_by("b", 100))->size() == 1);
        CHECK(refused("a") == errc::wrong_state);
        CHECK(refused("b") == boost::system::error_code());
        return;
    }
    SECTION("the attempt has ended")
    {
        auto settled = settlement("id-one", State::deferred, 3);
        settled.next_try = at(1000);
        REQUIRE(settle(one.queue(), "a", settled));
    }
    SECTION("a signal has settled it while the attempt runs")
    {
        REQUIRE(signal(
            one.queue(),
            {.id = "id-one", .at = at(3), .state = State::delivered, .error = {}, .receipt = "r"}
        ));
    }
    CHECK(refused("a") == errc::wrong_state);
    CHECK(one.queue().forms("id-one").value().empty());
    CHECK(find(one.queue(), "id-one").envelope == outbound("one").sealed);
}

TEST_CASE("which form was proven is in the history of the message", "[queue]")
{
    One one;
    const auto detail = [&] { return find(one.queue(), "id-one").events.back().detail; };
    SECTION("by the answer")
    {
        auto settled = settlement("id-one", State::delivered, 3);
        settled.receipt = "receipt";
        settled.proven_form = "for the form of then";
        REQUIRE(settle(one.queue(), "a", settled));
        CHECK(detail() == "for the form of then");
    }
    SECTION("by a receipt of its own request")
    {
        Signal proof{.id = "id-one", .at = at(3), .state = State::delivered, .error = {}};
        proof.receipt = "receipt";
        proof.proven_form = "for the form of then";
        REQUIRE(signal(one.queue(), proof));
        CHECK(detail() == "by a receipt of its own request, for the form of then");
    }
}

TEST_CASE("retention removes the forms with the record, not before", "[queue]")
{
    One one;
    REQUIRE(add_form(one.queue(), "a", form(1)));
    REQUIRE(settle(one.queue(), "a", settlement("id-one", State::delivered, 3)));
    const auto count = [&] {
        auto database =
            Connection::open(one.folder.path() / "kurir.db", Connection::Access::read_only);
        auto rows = database->query("SELECT count(*) FROM form");
        REQUIRE(rows.next().value());
        return rows.integer(0);
    };
    run(one.queue(), 50); // the payload
    CHECK(one.queue().find("id-one", queue::Visibility::all())->payload_gone);
    CHECK(count() == 1);
    run(one.queue(), 1'000'000);
    CHECK_FALSE(one.queue().find("id-one", queue::Visibility::all()));
    CHECK(count() == 0);
}

TEST_CASE("whether a receipt is stored is told of the form, the message and the party", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(accept(store.queue, inbound("one", "form 1")));
    REQUIRE(accept(store.queue, inbound("one", "form 2")));
    const auto known = [&](const char* party, const char* id, const char* digest) {
        return store.queue.has_receipt(party, id, digest).value();
    };
    CHECK(known("party-a", "one@a", "form 1"));
    CHECK(known("party-a", "one@a", "form 2"));
    CHECK_FALSE(known("party-a", "one@a", "form 3"));
    CHECK_FALSE(known("party-b", "one@a", "form 1"));
    CHECK_FALSE(known("party-a", "two@a", "form 1"));
}
