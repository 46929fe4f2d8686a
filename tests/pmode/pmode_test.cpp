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
        [](ebms::UserMessage& m) { m.from.id.type.clear(); },
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
