// SPDX-License-Identifier: Apache-2.0
// What is skipped beside a signed signal must open no door: nothing that nobody signed is ever read
// as a proof (facts: attacks 1 and 24).
#include "answers.hpp"
#include "support/signals.hpp"

using namespace answers;
using support::Place;

namespace {

const boost::system::error_code proven;

// B's honest signature over something else than a receipt for what A sent, and the receipt that the
// attacker wants to be read.
struct Attack {
    Script script;
    std::string forged =
        support::signal_about(script.sent.message_id, support::receipt(script.sent), "forged@x");
    std::string honest = support::signal_about(script.sent.message_id, support::error("failure"));

    base::Bytes signed_honest(const std::string& attributes = "") const
    {
        return support::signed_signals(honest, exchange().b.signer, attributes);
    }
    base::Bytes
    unsigned_block(const std::string& attributes = "", const std::string& id = "m2") const
    {
        return support::messaging(forged, attributes, id);
    }
    // The forged SignalMessage in the canonical form that stands in eb:Messaging.
    base::Bytes forged_signal() const
    {
        const auto block = unsigned_block();
        const auto begin = block.find("<eb:SignalMessage");
        return block.substr(begin, block.find("</eb:Messaging>") - begin);
    }
    boost::system::error_code outcome(const base::Bytes& soap) const
    {
        REQUIRE(xml::Document::parse(soap)); // it fails for no trifle
        return script.outcome(soap);
    }
    // Nothing of the attacker is read, whatever is made of the rest.
    void fails(const base::Bytes& soap) const
    {
        REQUIRE(xml::Document::parse(soap)); // it fails for no trifle
        const auto answer = script.read(soap);
        if (!answer) return;
        const auto* error = std::get_if<as4::PeerError>(&*answer);
        REQUIRE(error != nullptr);
        CHECK_FALSE(error->authentic);
    }
};

std::size_t begin_of_messaging(const base::Bytes& soap)
{
    return soap.find("<eb:Messaging");
}

base::Bytes cut_messaging(base::Bytes& soap)
{
    const auto begin = begin_of_messaging(soap);
    const auto end = soap.find("</eb:Messaging>") + 15;
    auto block = soap.substr(begin, end - begin);
    soap.erase(begin, end - begin);
    return block;
}

const std::string other_role = "S12:role=\"urn:other\"";
const std::string next_msh =
    "S12:role=\"http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/part2/200811/nextmsh\"";

} // namespace

TEST_CASE("the attacker's receipt is a proof once B signs it", "[as4]")
{
    const Attack attack;
    CHECK(attack.outcome(support::signed_signals(attack.forged, exchange().b.signer)) == proven);
}

TEST_CASE("of two eb:Messaging for us neither is read", "[as4][facts attack 1]")
{
    const Attack attack;
    const auto place = GENERATE(Place::first, Place::last);
    const auto id = GENERATE("m2", "messaging"); // "messaging" is the id of the signed one
    for (const auto& soap : {attack.signed_honest(), attack.script.soap()}) {
        const auto both = support::with_block(soap, attack.unsigned_block("", id), place);
        CHECK(attack.outcome(both) == as4::errc::answer_unreadable);
    }
    // Neither are two for the next MSH.
    const auto both = support::with_block(
        attack.signed_honest(next_msh), attack.unsigned_block(next_msh, id), place
    );
    CHECK(attack.outcome(both) == as4::errc::answer_unreadable);
}

TEST_CASE("a signed eb:Messaging for another role vouches for no other", "[as4][facts attack 1]")
{
    const Attack attack;
    const auto place = GENERATE(Place::first, Place::last);
    const auto role = GENERATE(other_role, next_msh);
    for (const auto& forged : {attack.unsigned_block(), attack.unsigned_block("", "messaging")}) {
        const auto soap = support::with_block(attack.signed_honest(role), forged, place);
        CHECK(attack.outcome(soap) == as4::errc::receipt_signature);
    }
    // The receipt itself is signed, for another role; the one for us is the attacker's error.
    const auto receipt = support::signed_signals(attack.forged, exchange().b.signer, role);
    const auto error = support::messaging(
        support::signal_about(attack.script.sent.message_id, support::error("failure")), "", "m2"
    );
    attack.fails(support::with_block(receipt, error, place));
}

TEST_CASE("an unsigned eb:Messaging for another role is never read", "[as4][facts attack 1]")
{
    const Attack attack;
    const auto place = GENERATE(Place::first, Place::last);
    const auto role = GENERATE(other_role, next_msh);
    const auto soap =
        support::with_block(attack.signed_honest(), attack.unsigned_block(role), place);
    const auto answer = attack.script.read(soap);
    REQUIRE(answer);
    CHECK(std::get<as4::PeerError>(*answer).authentic); // B's own word, and no receipt
    // With the id of the signed one there is no telling which one is meant.
    attack.fails(
        support::with_block(attack.signed_honest(), attack.unsigned_block(role, "messaging"), place)
    );
}

TEST_CASE(
    "the signed eb:Messaging moved away vouches for nothing in its place", "[as4][facts attack 1]"
)
{
    const Attack attack;
    for (const auto* id : {"m2", "messaging"}) {
        auto soap = attack.signed_honest();
        const auto honest = cut_messaging(soap);
        const auto forged = attack.unsigned_block("", id);
        const auto in_header = "<o:Wrapper xmlns:o=\"urn:o\">" + honest + "</o:Wrapper>" + forged;
        attack.fails(support::with_block(soap, in_header, Place::last));
        auto in_body = support::with_block(soap, forged, Place::last);
        in_body.insert(in_body.find("</S12:Body>"), honest);
        attack.fails(in_body);
        auto in_security = support::with_block(soap, forged, Place::last);
        in_security.insert(in_security.find("</wsse:Security>"), honest);
        attack.fails(in_security);
        // Inside of the forged one, and the forged one inside of it.
        auto outer = forged;
        outer.insert(outer.find("</eb:Messaging>"), honest);
        attack.fails(support::with_block(soap, outer, Place::last));
        outer = honest;
        outer.insert(outer.find("</eb:Messaging>"), forged);
        attack.fails(support::with_block(soap, outer, Place::last));
    }
}

TEST_CASE("nothing can be added to a signed eb:Messaging", "[as4][AS4 5.1.8]")
{
    const Attack attack;
    auto soap = attack.signed_honest();
    soap.insert(soap.find("</eb:Messaging>"), attack.forged_signal());
    CHECK(attack.outcome(soap) == as4::errc::receipt_signature);
    soap = attack.signed_honest();
    soap.insert(soap.find("<eb:SignalMessage>"), attack.forged_signal());
    CHECK(attack.outcome(soap) == as4::errc::receipt_signature);
    soap = attack.script.soap(); // nor a role
    soap.insert(begin_of_messaging(soap) + 13, " " + next_msh);
    CHECK(attack.outcome(soap) == as4::errc::receipt_signature);
}

TEST_CASE("of two wsse:Security for us neither counts, one for another role never", "[as4]")
{
    const Attack attack;
    const auto soap = attack.script.soap();
    const auto begin = soap.find("<wsse:Security");
    const auto security = soap.substr(begin, soap.find("</wsse:Security>") + 16 - begin);
    const auto place = GENERATE(Place::first, Place::last);
    CHECK(
        attack.outcome(support::with_block(soap, security, place)) == as4::errc::answer_unreadable
    );
    CHECK(
        attack.outcome(support::with_block(
            soap, "<w:Security xmlns:w=\"" + std::string(wss::uri::wsse) + "\"/>", place
        )) == as4::errc::answer_unreadable
    );
    auto elsewhere = soap;
    elsewhere.insert(begin + 14, " " + other_role);
    CHECK(attack.outcome(elsewhere) == as4::errc::receipt_unsigned);
}

TEST_CASE("company does not make a stranger's receipt a proof", "[as4][TM-UB 2.14.1]")
{
    const Attack attack;
    static const auto stranger = support::Authority("stranger").identity(support::party_b).signer();
    static const auto other = support::Authority().identity("AP0003-TEST").signer();
    const auto beside = support::signal_about("other@a", support::error("warning"));
    const auto outcome = [&](const crypto::Signer& signer) {
        return attack.outcome(support::signed_signals(attack.forged + beside, signer));
    };
    CHECK(outcome(stranger) == as4::errc::receipt_signer_untrusted);
    CHECK(outcome(other) == as4::errc::receipt_signer);
    CHECK(outcome(exchange().a.signer) == as4::errc::receipt_signer);
    const auto honest = support::signed_signals(attack.forged + beside, exchange().b.signer);
    CHECK(attack.outcome(unsigned_form(honest)) == as4::errc::receipt_unsigned);
    CHECK(attack.outcome(honest) == proven);
}
