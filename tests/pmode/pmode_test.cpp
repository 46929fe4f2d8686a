// SPDX-License-Identifier: Apache-2.0
// Matching a received message to its P-Mode, and routing a recipient to a peer.
#include "pmode/pmode.hpp"

#include <catch2/catch.hpp>

using pmode::errc;

namespace {

pmode::Peer peer(
    const std::string& name, const std::string& party_id, std::vector<std::string> participants = {}
)
{
    pmode::Peer result;
    result.name = name;
    result.party_id = party_id;
    result.participants = std::move(participants);
    result.pmode = *pmode::preset("sdk");
    return result;
}

ebms::UserMessage message_from(const std::string& party_id)
{
    const pmode::PMode mode = *pmode::preset("sdk");
    ebms::UserMessage message;
    message.from = {{party_id, mode.party_type}, mode.initiator_role};
    message.to = {{"AP0001", mode.party_type}, mode.responder_role};
    message.service = {"bdx:noprocess", *mode.service_type};
    message.action = mode.actions.front();
    message.properties = {{"originalSender", "0203:a", ""}, {"finalRecipient", "0203:b", ""}};
    return message;
}

boost::system::error_code match_error(const pmode::PModes& modes, const ebms::UserMessage& message)
{
    const auto match = modes.match(message);
    return match ? boost::system::error_code() : match.error().code;
}

boost::system::error_code
make_error(std::vector<pmode::Peer> peers, const std::string& own = "AP0001")
{
    const auto modes = pmode::PModes::make(own, std::move(peers));
    return modes ? boost::system::error_code() : modes.error().code;
}

} // namespace

TEST_CASE("a message belongs to the peer it names as From", "[pmode][ED115 1.4.4.1]")
{
    const auto modes =
        pmode::PModes::make("AP0001", {peer("two", "AP0002"), peer("three", "AP0003")});
    REQUIRE(modes);
    CHECK(modes->own_party() == "AP0001");
    CHECK(modes->match(message_from("AP0002"))->peer == &modes->peers()[0]);
    CHECK(modes->match(message_from("AP0003"))->peer == &modes->peers()[1]);
    CHECK(modes->by_name("three") == &modes->peers()[1]);
    CHECK(modes->by_name("four") == nullptr);
}

TEST_CASE("each value of the header that a P-Mode fixes must be that value", "[pmode][EBMS:0010]")
{
    const pmode::PModes modes = *pmode::PModes::make("AP0001", {peer("two", "AP0002")});
    REQUIRE_FALSE(match_error(modes, message_from("AP0002")));
    using Change = void (*)(ebms::UserMessage&);
    const Change changes[] = {
        [](ebms::UserMessage& m) { m.from.id.value = "AP0009"; },
        [](ebms::UserMessage& m) { m.from.id.value = "ap0002"; },
        [](ebms::UserMessage& m) { m.from.id.value = "AP0001"; }, // ourselves are no peer
        [](ebms::UserMessage& m) { m.to.id.value = "AP0002"; },
        [](ebms::UserMessage& m) { m.from.id.type = "urn:other"; },
        [](ebms::UserMessage& m) { m.to.id.type = "urn:other"; },
        [](ebms::UserMessage& m) { m.from.role = m.to.role; },
        [](ebms::UserMessage& m) { m.to.role = m.from.role; },
        [](ebms::UserMessage& m) { m.service.type.clear(); },
        [](ebms::UserMessage& m) { m.service.type = "urn:other"; },
        [](ebms::UserMessage& m) { m.service.value = "urn:other"; },
        [](ebms::UserMessage& m) { m.action = "busdox-docid-qns::other"; },
        [](ebms::UserMessage& m) { m.mpc = "urn:other"; },
    };
    for (std::size_t i = 0; i < std::size(changes); ++i) {
        INFO(i);
        ebms::UserMessage message = message_from("AP0002");
        changes[i](message);
        CHECK(match_error(modes, message) == errc::no_match);
    }
}

TEST_CASE("a type belongs to a party, in whichever role it is", "[pmode][EBMS 5.2.2.4]")
{
    pmode::Peer other = peer("two", "7300010000001");
    other.pmode.party_type = "urn:oasis:names:tc:ebcore:partyid-type:iso6523:0088";
    const pmode::PModes modes = *pmode::PModes::make("AP0001", {other});
    auto message = message_from("7300010000001");
    CHECK(match_error(modes, message) == errc::no_match);
    message.from.id.type = other.pmode.party_type;
    CHECK_FALSE(match_error(modes, message));
    message.to.id.type = other.pmode.party_type;
    CHECK(match_error(modes, message) == errc::no_match);
}

TEST_CASE("a party id without type must be a URI, and then has no type", "[pmode][EBMS 5.2.2.4]")
{
    const pmode::PModes modes = *pmode::PModes::make("AP0001", {peer("two", "AP0002")});
    for (const std::string party : {"AP0002", "AP0009"}) { // a stranger is told the same
        auto message = message_from(party);
        message.from.id.type.clear();
        CHECK(match_error(modes, message) == errc::untyped_party);
        message = message_from(party);
        message.to.id.type.clear();
        CHECK(match_error(modes, message) == errc::untyped_party);
    }
    auto message = message_from("AP0002");
    message.from.id.type.clear();
    CHECK(
        modes.match(message).error().detail.find("accept_untyped_party_ids") != std::string::npos
    );

    const pmode::PModes uris = *pmode::PModes::make("AP0001", {peer("two", "urn:two")});
    auto of_uri = message_from("urn:two");
    of_uri.from.id.type.clear();
    CHECK(match_error(uris, of_uri) == errc::no_match); // a type is agreed
    CHECK(uris.match(of_uri).error().detail.find("accept_untyped") != std::string::npos);
    auto bare = peer("two", "urn:two");
    bare.pmode.party_type.clear();
    CHECK_FALSE(match_error(*pmode::PModes::make("AP0001", {bare}), of_uri));
}

TEST_CASE("a P-Mode may take untyped party ids as of the types agreed", "[pmode][EBMS 5.2.2.4]")
{
    const std::string id = GENERATE("AP0002", "urn:two");
    auto tolerant = peer("two", id);
    tolerant.pmode.accept_untyped_party_ids = true;
    tolerant.pmode.own_party_type = "urn:own";
    const pmode::PModes modes = *pmode::PModes::make("AP0001", {tolerant, peer("three", "AP0003")});
    auto typed = message_from(id);
    typed.to.id.type = "urn:own";
    REQUIRE_FALSE(match_error(modes, typed));
    for (const auto& [from, to] : {std::pair(true, false), {false, true}, {true, true}}) {
        auto message = typed;
        if (from) message.from.id.type.clear();
        if (to) message.to.id.type.clear();
        CHECK_FALSE(match_error(modes, message));
        CHECK(modes.match(message)->peer->name == "two");
        CHECK_FALSE(pmode::conforms(message, tolerant.pmode).has_error());
        message.from.id.value = "AP0009"; // the value still decides
        CHECK(match_error(modes, message) == errc::untyped_party);
        message.from.id.value = "AP0003"; // of a peer whose P-Mode does not
        CHECK(match_error(modes, message) == errc::untyped_party);
        message.from.id.value = id;
        message.to.id.value = "AP0007";
        CHECK(match_error(modes, message) == errc::no_match);
    }
    for (auto* party : {&typed.from, &typed.to}) {
        auto message = typed;
        (party == &typed.from ? message.from : message.to).id.type = "urn:other";
        CHECK(match_error(modes, message) == errc::no_match);
    }
    CHECK_FALSE(pmode::preset("sdk")->accept_untyped_party_ids);
    CHECK_FALSE(pmode::preset("edelivery")->accept_untyped_party_ids);
}

TEST_CASE("a message that its peer's P-Mode does not have belongs to no peer", "[pmode]")
{
    const pmode::PModes modes = *pmode::PModes::make("AP0001", {peer("two", "AP0002")});
    auto message = message_from("AP0002");
    message.properties.clear();
    CHECK(match_error(modes, message) == errc::inconsistent);
}

TEST_CASE(
    "a recipient is routed to the peer that serves it, else to the one that serves everybody else",
    "[pmode]"
)
{
    const pmode::PModes modes = *pmode::PModes::make(
        "AP0001", {peer("rest", "AP0002", {"*"}),
                   peer("some", "AP0003", {"0203:a.example", "0203:b.example"})}
    );
    CHECK(modes.route("0203:a.example")->peer->name == "some");
    CHECK(
        modes.route("0203:B.Example")->peer->name == "some"
    ); // participant identifiers ignore case
    CHECK(modes.route("0203:c.example")->peer->name == "rest");
    CHECK(modes.route("*").error().code == errc::unknown_peer);
    CHECK(modes.route("").error().code == errc::unknown_peer);

    const pmode::PModes without =
        *pmode::PModes::make("AP0001", {peer("some", "AP0003", {"0203:a.example"})});
    CHECK(without.route("0203:c.example").error().code == errc::unknown_peer);
}

TEST_CASE("peers that cannot be told apart are refused", "[pmode]")
{
    CHECK_FALSE(make_error({peer("a", "AP2", {"0203:a"}), peer("b", "AP3", {"0203:b", "*"})}));
    CHECK_FALSE(make_error({}));
    CHECK(make_error({peer("a", "AP2"), peer("b", "AP2")}) == errc::invalid);
    CHECK(make_error({peer("a", "AP2"), peer("a", "AP3")}) == errc::invalid);
    CHECK(
        make_error({peer("a", "AP2", {"0203:a"}), peer("b", "AP3", {"0203:b", "0203:A"})}) ==
        errc::invalid
    );
    CHECK(make_error({peer("a", "AP2", {"*"}), peer("b", "AP3", {"*"})}) == errc::invalid);
    CHECK(make_error({peer("a", "")}) == errc::invalid);
    CHECK(make_error({peer("a", "AP2")}, "") == errc::invalid);
}
