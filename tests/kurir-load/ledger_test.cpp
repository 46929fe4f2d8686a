// SPDX-License-Identifier: Apache-2.0
// Each promise broken on purpose, one at a time: the ledger must name it and nothing else.
#include "kurir-load/ledger.hpp"

#include <catch2/catch.hpp>

using kurir_load::Balance;
using kurir_load::Ledger;

namespace {

// Two submissions that go as they should.
struct Kept {
    Ledger ledger;
    Kept()
    {
        REQUIRE(ledger.offer("sha-0") == 0);
        ledger.promise(0, "m0");
        CHECK(ledger.hand_over("item-0", "m0", "sha-0") == 0);
        ledger.acknowledge("item-0");
        ledger.offer("sha-1");
        CHECK(ledger.hand_over("item-1", "m1", "sha-1") == 1); // before its 202 is read
        ledger.promise(1, "m1");
        ledger.acknowledge("item-1");
    }
    // Only `kind` is wrong, so many times.
    void check_only(std::uint64_t Balance::* kind, std::uint64_t times = 1)
    {
        auto balance = ledger.balance();
        CHECK(balance.*kind == times);
        CHECK(balance.faults.size() == times);
        CHECK_FALSE(balance.holds());
        balance.*kind = 0;
        CHECK(balance.holds());
    }
};

} // namespace

TEST_CASE("what was promised and came out once, unchanged, breaks nothing", "[kurir-load]")
{
    const Kept kept;
    const auto balance = kept.ledger.balance();
    CHECK(balance.holds());
    CHECK(balance.promised == 2);
    CHECK(balance.arrived == 2);
    CHECK(balance.unacknowledged == 0);
    CHECK(kept.ledger.outstanding() == 0);
}

TEST_CASE("a promised message that does not come out is lost", "[kurir-load]")
{
    Kept kept;
    kept.ledger.promise(kept.ledger.offer("sha-2"), "m2");
    CHECK(kept.ledger.outstanding() == 1);
    kept.check_only(&Balance::lost);
}

TEST_CASE("a second item of the same document is a double, once", "[kurir-load]")
{
    Kept kept;
    CHECK(kept.ledger.hand_over("item-9", "m0", "sha-0") == Ledger::none);
    CHECK(kept.ledger.hand_over("item-9", "m0", "sha-0") == Ledger::none);
    kept.check_only(&Balance::doubled);
}

TEST_CASE("an item handed over after it was acknowledged is a double", "[kurir-load]")
{
    Kept kept;
    kept.ledger.hand_over("item-0", "m0", "sha-0");
    kept.check_only(&Balance::doubled);
}

TEST_CASE("an item handed over again since its lease lapsed is no double", "[kurir-load]")
{
    Kept kept;
    kept.ledger.promise(kept.ledger.offer("sha-2"), "m2");
    kept.ledger.hand_over("item-2", "m2", "sha-2");
    CHECK(kept.ledger.balance().unacknowledged == 1);
    kept.ledger.hand_over("item-2", "m2", "sha-2");
    kept.ledger.acknowledge("item-2");
    CHECK(kept.ledger.balance().holds());
    CHECK(kept.ledger.balance().again == 1);
    CHECK(kept.ledger.balance().unacknowledged == 0);
}

TEST_CASE("a document that nobody submitted is a phantom", "[kurir-load]")
{
    Kept kept;
    kept.ledger.hand_over("item-9", "m9", "sha-9");
    kept.ledger.hand_over("item-9", "m9", "sha-9"); // nobody acknowledges it
    kept.check_only(&Balance::phantom);
}

TEST_CASE("a document that was refused and comes out is a phantom", "[kurir-load]")
{
    Kept kept;
    kept.ledger.refuse(kept.ledger.offer("sha-2"));
    CHECK(kept.ledger.balance().holds());
    kept.ledger.hand_over("item-2", "m2", "sha-2");
    kept.check_only(&Balance::phantom);
}

TEST_CASE("a submission without an answer may come out or not", "[kurir-load]")
{
    Kept kept;
    kept.ledger.lose_answer(kept.ledger.offer("sha-2"));
    CHECK(kept.ledger.balance().holds());
    CHECK(kept.ledger.balance().unknown == 1);
    kept.ledger.hand_over("item-2", "m2", "sha-2");
    CHECK(kept.ledger.balance().holds());
    CHECK(kept.ledger.outstanding() == 0);
}

TEST_CASE(
    "other octets under a promised MessageId are a change, and the promise is lost", "[kurir-load]"
)
{
    Kept kept;
    kept.ledger.promise(kept.ledger.offer("sha-2"), "m2");
    kept.ledger.hand_over("item-2", "m2", "sha-x");
    const auto balance = kept.ledger.balance();
    CHECK(balance.changed == 1);
    CHECK(balance.lost == 1);
    CHECK(balance.phantom == 0);
}

TEST_CASE(
    "a document that comes out under another MessageId than promised is changed", "[kurir-load]"
)
{
    Kept kept;
    kept.ledger.promise(kept.ledger.offer("sha-2"), "m2");
    kept.ledger.hand_over("item-2", "mx", "sha-2");
    kept.check_only(&Balance::changed);
}

TEST_CASE("one submission promised under two MessageIds is a double", "[kurir-load]")
{
    Kept kept;
    kept.ledger.promise(0, "mx");
    const auto balance = kept.ledger.balance();
    CHECK(balance.doubled == 1);
    CHECK_FALSE(balance.holds());
}

TEST_CASE("a refusal that is tried again and taken is a promise", "[kurir-load]")
{
    Kept kept;
    const auto number = kept.ledger.offer("sha-2");
    kept.ledger.refuse(number);
    kept.ledger.promise(number, "m2");
    CHECK(kept.ledger.balance().refused == 0);
    kept.check_only(&Balance::lost);
}

TEST_CASE("all faults are counted, the first are told", "[kurir-load]")
{
    Ledger ledger;
    for (int n = 0; n < 100; ++n)
        ledger.hand_over("item-" + std::to_string(n), "m", "sha-" + std::to_string(n));
    CHECK(ledger.balance().phantom == 100);
    CHECK(ledger.balance().faults.size() == 20);
}
