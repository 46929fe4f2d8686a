// SPDX-License-Identifier: Apache-2.0
// A receipt that proves delivery is never thrown away for what stands beside it.
#include "as4/signal_envelope.hpp"

#include "answers.hpp"
#include "support/shared_data.hpp"
#include "support/signals.hpp"

using namespace answers;
using support::Place;

namespace {

const crypto::Signer& b()
{
    return exchange().b.signer;
}

// A peer's proof of what A sent, with one thing more or less than the profile has.
struct Case {
    const char* what;
    std::string inside;       // eb:Messaging
    std::string other;        // content, as the proof names it
    std::size_t warnings = 0; // that the proof keeps
    bool user_message = false;
};

std::vector<Case> extras(const as4::Sealed& sent)
{
    const auto& id = sent.message_id;
    const auto receipt = support::receipt(sent);
    const auto proof = support::signal_about(id, receipt);
    const auto beside = [&](const std::string& error) {
        return support::signal_about(id, receipt + error);
    };
    const auto of = [&](const std::string& info) { return support::signal(info + receipt); };
    const std::string reference = "<eb:RefToMessageId>" + id + "</eb:RefToMessageId>";
    const std::string stamp = "<eb:Timestamp>2026-11-22T01:02:03Z</eb:Timestamp>";
    const std::string own = "<eb:MessageId>s@b</eb:MessageId>";
    const std::string user_message =
        "<eb:UserMessage>" + support::message_info("u@b", id) + "<eb:PartyInfo/></eb:UserMessage>";
    return {
        {"nothing more", proof, ""},
        {"a warning", beside(support::error("warning")), "", 1},
        {"a warning of another spelling", beside(support::error(" Warning")), "", 1},
        {"a warning in a signal of its own",
         proof + support::signal_about(id, support::error("warning")), "", 1},
        {"the warning first", support::signal_about(id, support::error("warning")) + proof, "", 1},
        {"an error without a code", beside("<eb:Error severity=\"warning\"/>"), "", 1},
        {"a code of the peer's own", beside(support::error("warning", "peer:17")), "", 1},
        {"an empty description",
         beside(support::error("warning", "EBMS:0004", "", "<eb:Description xml:lang=\"fi\"/>")),
         "", 1},
        {"detail before description",
         beside(support::error(
             "warning", "EBMS:0004", "",
             "<eb:ErrorDetail>d</eb:ErrorDetail><eb:Description>x</eb:Description>"
         )),
         "", 1},
        {"elements in a description",
         beside(support::error(
             "warning", "EBMS:0004", "", "<eb:Description><o:b>x</o:b></eb:Description>"
         )),
         "", 1},
        {"unknown children and attributes of an error",
         beside(support::error(
             "warning", "EBMS:0004", "o:weight=\"3\" colour=\"red\"", "<o:x/><eb:Other/>"
         )),
         "", 1},
        {"a very long code", beside(support::error("warning", std::string(5000, 'E'))), "", 1},
        {"a warning named by the error alone",
         proof + support::signal(
                     support::message_info("w@b", "") +
                     support::error("warning", "EBMS:0004", "refToMessageInError=\"" + id + "\"")
                 ),
         "", 1},
        {"a receipt for another message", proof + support::signal_about("other@a", receipt),
         "receipt for other@a"},
        {"the other receipt first", support::signal_about("other@a", receipt) + proof,
         "receipt for other@a"},
        {"a failure of another message",
         proof + support::signal_about("other@a", support::error("failure")),
         "error EBMS:0004 for other@a"},
        {"a failure of no message",
         proof + support::signal(support::message_info("e@b", "") + support::error("failure")),
         "error EBMS:0004 for no message"},
        {"a PullRequest in the signal",
         support::signal_about(id, "<eb:PullRequest mpc=\"urn:m\"/>" + receipt), "PullRequest"},
        {"a PullRequest beside it",
         proof + support::signal(support::message_info("p@b", "") + "<eb:PullRequest/>"),
         "PullRequest"},
        {"a UserMessage behind it", proof + user_message, "UserMessage u@b", 0, true},
        {"a UserMessage before it", user_message + proof, "UserMessage u@b", 0, true},
        {"unknown elements", proof + "<eb:Novel/><novel/><o:x/>", "Novel, novel, x"},
        {"unknown elements in the signal",
         support::signal_about(id, "<eb:Novel/>" + receipt + "<o:x/>"), "Novel, x"},
        {"the receipt before MessageInfo",
         support::signal(receipt + support::message_info("s@b", id)), ""},
        {"a signal of nothing", proof + support::signal(""), ""},
        {"a copy of the message beside the references",
         support::signal_about(id, support::receipt(sent, user_message + "<o:x/>")), ""},
        {"other content of the references",
         support::signal_about(
             id, "<eb:Receipt>" +
                     [&] {
                         auto text = support::non_repudiation(sent);
                         const std::string start = "<ebbpsig:NonRepudiationInformation>";
                         return text.replace(
                             0, start.size(),
                             start + "<ebbpsig:MessagePartNRInformation><ebbpsig:"
                                     "MessagePartIdentifier>x</ebbpsig:MessagePartIdentifier>"
                                     "</ebbpsig:MessagePartNRInformation><ebbpsig:Novel/>"
                         );
                     }() +
                     "</eb:Receipt>"
         ),
         ""},
        {"no Timestamp", of("<eb:MessageInfo>" + own + reference + "</eb:MessageInfo>"), ""},
        {"a Timestamp that is none",
         of("<eb:MessageInfo><eb:Timestamp>now</eb:Timestamp>" + own + reference +
            "</eb:MessageInfo>"),
         ""},
        {"no MessageId", of("<eb:MessageInfo>" + stamp + reference + "</eb:MessageInfo>"), ""},
        {"MessageInfo in another order",
         of("<eb:MessageInfo>" + reference + own + "<o:x/>" + stamp + "</eb:MessageInfo>"), ""},
    };
}

as4::ReceiptProof proof_in(const base::Result<as4::Answer>& answer)
{
    INFO((answer ? std::string("an answer") : answer.error().text()));
    REQUIRE(answer);
    REQUIRE(std::holds_alternative<as4::ReceiptProof>(*answer));
    return std::get<as4::ReceiptProof>(*answer);
}

// What becomes of it as a request of its own.
struct AsRequest {
    boost::system::error_code outcome;
    bool set_aside; // as signals
};
AsRequest as_request(const base::Bytes& soap)
{
    const auto context = exchange().a.context();
    auto unpacker = as4::Unpacker::start(context, soap_type, exchange().now).value();
    auto fed = unpacker.feed(soap);
    if (!fed) return {fed.error().code, unpacker.signal() != nullptr};
    const auto finished = unpacker.finish();
    return {
        finished ? boost::system::error_code() : finished.error().code, unpacker.signal() != nullptr
    };
}

base::Error refusal_of(const Script& script, const std::string& inside)
{
    const auto answer = script.read(support::signed_signals(inside, b()));
    REQUIRE_FALSE(answer);
    return answer.error();
}

} // namespace

TEST_CASE("a proven receipt wins over everything beside it", "[as4][AS4 5.1.8][EBMS 5.2.3]")
{
    const Script script;
    for (const auto& [what, inside, other, warnings, user_message] : extras(script.sent)) {
        INFO(what);
        const auto soap = support::signed_signals(inside, b());
        const auto proof = proof_in(script.read(soap));
        CHECK(proof.soap == soap); // the evidence is whole
        CHECK(proof.signer == b().certificate());
        CHECK(proof.other_content == other);
        CHECK(proof.errors.size() == warnings);
        CHECK(std::ranges::all_of(proof.errors, ebms::is_warning));
    }
}

TEST_CASE("as a request it is set aside for its proof, a UserMessage beside it is refused", "[as4]")
{
    const Script script;
    for (const auto& [what, inside, other, warnings, user_message] : extras(script.sent)) {
        INFO(what);
        const auto [outcome, set_aside] = as_request(support::signed_signals(inside, b()));
        CHECK(set_aside != user_message);
        CHECK(
            outcome == (user_message ? make_error_code(ebms::errc::inconsistent)
                                     : make_error_code(as4::errc::not_a_user_message))
        );
    }
}

TEST_CASE("a failure beside a proven receipt is kept with the proof", "[as4]")
{
    const Script script;
    const auto& id = script.sent.message_id;
    const auto receipt = support::receipt(script.sent);
    const auto errors_in = [&](const std::string& inside) {
        return proof_in(script.read(support::signed_signals(inside, b()))).errors;
    };
    const auto severity = GENERATE("failure", "Failure", "fatal", "error", "novel", "");
    const auto failure = support::error(severity, "EBMS:0103");
    for (const auto& inside :
         {support::signal_about(id, receipt + failure),
          support::signal_about(id, failure) + support::signal_about(id, receipt)}) {
        const auto errors = errors_in(inside);
        REQUIRE(errors.size() == 1);
        CHECK(errors[0].code == "EBMS:0103");
        CHECK_FALSE(ebms::is_warning(errors[0]));
    }
    const auto both =
        errors_in(support::signal_about(id, receipt + failure + support::error("warning")));
    CHECK(both.size() == 2);
}

TEST_CASE("exactly one receipt may name the message", "[as4][AS4 5.1.8]")
{
    static const Script script; // the same in each run of the generator
    const auto& id = script.sent.message_id;
    const auto receipt = support::receipt(script.sent);
    const auto one = support::signal_about(id, receipt);
    const auto more = GENERATE_COPY(
        one + one,                                                          // the same again
        one + support::signal_about(id, receipt, "t@b"),                    // under another id
        support::signal_about(id, receipt + receipt),                       // in one signal
        one + support::signal_about(id, "<eb:Receipt><o:x/></eb:Receipt>"), // one proves nothing
        support::signal_about(id, "<eb:Receipt/>") + one,
        one + support::signal_about(id, support::error("warning")) + one
    );
    const auto refusal = refusal_of(script, more);
    CHECK(refusal.code == as4::errc::receipt_ambiguous);
    CHECK(refusal.text().find("several receipts name the message") == 0);
    CHECK(refusal.text().find("2 receipts") != std::string::npos);
}

TEST_CASE("what is no receipt for the message is none in company either", "[as4][AS4 5.1.8]")
{
    static const Script script; // the same in each run of the generator
    static const Script other;  // the same content under another id
    const auto& id = script.sent.message_id;
    const auto receipt = support::receipt(script.sent);
    const auto nri = support::non_repudiation(script.sent);
    const auto of = [&](const std::string& info) { return support::signal(info + receipt); };
    const auto info = support::message_info("s@b", id);
    const std::string name = "<eb:RefToMessageId>" + id + "</eb:RefToMessageId>";
    const auto [what, inside, words] = GENERATE_COPY(table<std::string, std::string, std::string>({
        {"a copy of the message",
         support::signal_about(id, "<eb:Receipt><eb:UserMessage/></eb:Receipt>"),
         "no NonRepudiationInformation"},
        {"nothing", support::signal_about(id, "<eb:Receipt/>"), "no NonRepudiationInformation"},
        {"references twice",
         support::signal_about(id, "<eb:Receipt>" + nri + nri + "</eb:Receipt>"),
         "two NonRepudiationInformation"},
        {"references in a wrapper",
         support::signal_about(id, "<eb:Receipt><o:x>" + nri + "</o:x></eb:Receipt>"),
         "no NonRepudiationInformation"},
        {"the references of another message",
         support::signal_about(id, support::receipt(other.sent)), "not the references"},
        {"no name", of(support::message_info("s@b", "")), "receipt for "},
        {"two names", of("<eb:MessageInfo>" + name + name + "</eb:MessageInfo>"), "receipt for "},
        {"two infos", of(info + info), "receipt for "},
        {"a name outside of its info", of(name), "receipt for "},
        {"named by an error alone",
         support::signal(
             support::message_info("s@b", "") + receipt +
             support::error("warning", "EBMS:0004", "refToMessageInError=\"" + id + "\"")
         ),
         ""},
        {"in no signal", support::signal_about("x@y", support::receipt(other.sent)) + receipt,
         "receipt for x@y"},
    }));
    INFO(what);
    const auto answer = script.read(support::signed_signals(inside, b()));
    if (words.empty()) {
        REQUIRE(answer);
        CHECK(std::get<as4::PeerError>(*answer).authentic);
        return;
    }
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == as4::errc::receipt_reference);
    CHECK(answer.error().text().find(words) != std::string::npos);
}

TEST_CASE("a receipt that proves nothing beside a failure decides nothing", "[as4]")
{
    const Script script;
    const auto& id = script.sent.message_id;
    const auto refusal = refusal_of(
        script, support::signal_about(
                    id, "<eb:Receipt/>" + support::error("failure", "EBMS:0103") +
                            support::error("warning", "EBMS:0004")
                )
    );
    CHECK(refusal.code == as4::errc::receipt_reference);
    CHECK(refusal.detail.find("beside it: EBMS:0103; EBMS:0004") != std::string::npos);
}

TEST_CASE("each error is judged by the message it names itself", "[as4][EBMS 6.2]")
{
    const Script script;
    const auto& id = script.sent.message_id;
    const auto authentic = [&](const std::string& inside) {
        const auto answer = script.read(support::signed_signals(inside, b()));
        REQUIRE(answer);
        const auto& error = std::get<as4::PeerError>(*answer);
        return error.authentic ? error.errors.size() : 0;
    };
    const auto naming = [](const std::string& about) {
        return support::error("failure", "EBMS:0004", "refToMessageInError=\"" + about + "\"");
    };
    const auto nameless = support::message_info("s@b", "");
    CHECK(authentic(support::signal(nameless + naming(id))) == 1);
    CHECK(authentic(support::signal(nameless + naming("#" + id))) == 1);
    CHECK(authentic(support::signal(naming(id))) == 1); // without MessageInfo
    CHECK(authentic(support::signal_about(id, naming(id) + naming(""))) == 2);
    CHECK(authentic(support::signal(nameless + naming(id) + support::error("failure"))) == 2);
    CHECK(authentic(support::signal(nameless + naming(id) + naming("other@a"))) == 1);
    CHECK(
        authentic(
            support::signal_about("other@a", naming("")) + support::signal_about(id, naming(""))
        ) == 1
    );
    // Of two names neither counts.
    CHECK(authentic(support::signal_about("other@a", naming(id))) == 0);
    CHECK(authentic(support::signal_about(id, naming("other@a"))) == 0);
    CHECK(authentic(support::signal(nameless + support::error("failure"))) == 0);
}

TEST_CASE("an answer without receipt and error is none, and says what it holds", "[as4]")
{
    const Script script;
    const auto& id = script.sent.message_id;
    const auto pull = refusal_of(script, support::signal_about(id, "<eb:PullRequest/>"));
    CHECK(pull.code == as4::errc::answer_unreadable);
    CHECK(pull.detail.find("PullRequest") != std::string::npos);
    const auto user_message = refusal_of(
        script, "<eb:UserMessage>" + support::message_info("u@b", id) + "</eb:UserMessage>"
    );
    CHECK(user_message.code == as4::errc::answer_unreadable);
    CHECK(user_message.detail.find("UserMessage u@b") != std::string::npos);
}

TEST_CASE("header blocks beside the signed ones change nothing, and are named", "[as4][SOAP 1.2]")
{
    const Script script;
    const auto place = GENERATE(Place::first, Place::last);
    const auto [block, other] = GENERATE(table<std::string, std::string>({
        {"<wsa:Action xmlns:wsa=\"http://www.w3.org/2005/08/addressing\">x</wsa:Action>", ""},
        {"<o:Novel xmlns:o=\"urn:o\" S12:mustUnderstand=\"true\"/>",
         "header block Novel (may be unsigned)"},
        {"<o:Novel xmlns:o=\"urn:o\" S12:mustUnderstand=\" 1 \"/>",
         "header block Novel (may be unsigned)"},
        {"<o:Novel xmlns:o=\"urn:o\" S12:mustUnderstand=\"true\" S12:role=\"urn:other\"/>", ""},
        {"<eb:Messaging "
         "xmlns:eb=\"http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/\" "
         "S12:role=\"urn:other\"/>",
         "header block Messaging (may be unsigned) for another role"},
        {"<eb:Messaging "
         "xmlns:eb=\"http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/\" "
         "S12:role=\"http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/part2/200811/nextmsh\"/>",
         ""},
        {"<w:Security xmlns:w=\"http://docs.oasis-open.org/wss/2004/01/"
         "oasis-200401-wss-wssecurity-secext-1.0.xsd\" S12:role=\"urn:other\"/>",
         "header block Security (may be unsigned) for another role"},
    }));
    INFO(block);
    const auto soap = support::with_block(script.soap(), block, place);
    CHECK(proof_in(script.read(soap)).other_content == other);
    CHECK(as_request(soap).set_aside);
}

TEST_CASE("eb:Messaging may be meant for us in each way that means us", "[as4][SOAP 1.2]")
{
    const Script script;
    const auto inside =
        support::signal_about(script.sent.message_id, support::receipt(script.sent));
    const auto as_role = [&](const std::string& role) {
        return script.outcome(support::signed_signals(inside, b(), "S12:role=\"" + role + "\""));
    };
    const std::string soap_role = "http://www.w3.org/2003/05/soap-envelope/role/";
    for (const auto& role :
         {std::string(), soap_role + "next", soap_role + "ultimateReceiver",
          std::string("http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/part2/200811/nextmsh")})
        CHECK(as_role(role) == boost::system::error_code());
    CHECK(as_role(soap_role + "none") == as4::errc::answer_unreadable);
    CHECK(as_role("urn:other") == as4::errc::answer_unreadable);
}

TEST_CASE("attachments under the signature of a receipt are nobody's proof", "[as4][P4 17]")
{
    Script script;
    script.attachments.push_back({"message", crypto::sha256("x")});
    CHECK(proof_in(script.read(script.soap())).other_content == "1 signed attachment");
}

TEST_CASE("what a request claims to be about is each message once", "[as4]")
{
    const Script script;
    const auto receipt = support::receipt(script.sent);
    using Claim = as4::ReceivedSignals::Claim;
    const auto claims = [&](const std::string& inside) {
        return as4::ReceivedSignals::read(support::signed_signals(inside, b())).value().claims();
    };
    const auto all = claims(
        support::signal_about("a@x", support::error("warning"), "1@b") +
        support::signal_about("b@x", receipt, "2@b") +
        support::signal_about("a@x", receipt, "3@b") +
        support::signal_about("a@x", receipt, "4@b") +
        support::signal_about("", support::error("failure"), "5@b") +
        support::signal_about("c@x", "<eb:PullRequest/>", "6@b")
    );
    REQUIRE(all.size() == 3);
    CHECK(all[0].subject == "a@x");
    CHECK(all[0].kind == Claim::Kind::receipt); // though an error stands first
    CHECK(all[0].message_id == "3@b");
    CHECK(all[1].subject == "b@x");
    CHECK(all[1].message_id == "2@b");
    CHECK(all[2].subject.empty());
    CHECK(all[2].kind == Claim::Kind::error);
    CHECK(all[2].message_id == "5@b");
}

TEST_CASE("signals of other products are read whole", "[as4][data]")
{
    const auto shared = support::shared_data("signals of other products are read whole");
    if (!shared) return;
    using Kind = as4::ReceivedSignals::Claim::Kind;
    struct Expected {
        const char* file;
        Kind kind;
        const char* subject; // nothing: refused
    };
    const Expected files[] = {
        {"as4net/unittests/as4-soap-user-receipt-message.xml", Kind::receipt,
         "66abf773-937d-4425-934f-0f4f54c88abe@192.168.0.177"}, // bundled with a UserMessage
        {"as4net/unittests/receipt.xml", Kind::receipt,
         "66abf773-937d-4425-934f-0f4f54c88abe@192.168.0.177"},
        {"as4net/unittests/as4-pullrequest-warning.xml", Kind::error, // for the next MSH
         "f1113705-f3fa-4f87-930d-3337d518ff7d@11.1.3.12"},
        {"as4net/unittests/multihopreceipt.xml", Kind::receipt,
         "bd03149f-0db1-4af9-aa78-a964045ecb86@EESSIDEV09"},
        {"oasis-as4-os-examples/UserMessage_No_MPC_WSSecurity_multihop.as4receipt.xml",
         Kind::receipt, "orders123@buyer.example.com"},
        {"oasis-as4-os-examples/UserMessage_No_MPC_P2P_NoWSSecurity.as4receipt.xml", Kind::receipt,
         "orders123@buyer.example.com"}, // a copy of the message
        {"harmony/soapEnvelope-UserMessage-receipt-split-and-join.xml", Kind::receipt,
         "712d4d3f-637d-11ee-aae4-c6a5e38f968a@domibus.eu"}, // the same
        {"harmony/soapEnvelope-SignalMessage-error.xml", Kind::error,
         "a31f939d-36b5-11ee-a721-0a181599d931@domibus.eu"},
        {"domibus/validAS4Response.xml", Kind::receipt,
         "IT31-363a-4328-9f81-8d84bf2da59f@domibus.eu"},
        {"domibus/MSHAS4Response.xml", Kind::receipt,
         "bb22d1a8-1c23-4f90-ada9-46708d91d7ba@domibus.eu"},
        {"phase4/testfiles/ErrorMessage.xml",
         Kind::error, // a time without a zone, no RefToMessageId
         "ph-as4@42ec020f-9553-4b6d-ba8e-265cf1f6fd34"},
        {"phase4/testfiles/ErrorMessageWithFault.xml", Kind::error, "1234"},
        {"phase4/testfiles/ErrorMessageNoRefToMessageID.xml", Kind::error, ""},
        {"phase4/testfiles/TestReceipt12.xml", Kind::receipt,
         "035e0a83-6dc5-427b-bcee-483475c65153@phase4"},
        {"phase4/testfiles/TestReceipt11.xml", Kind::receipt, nullptr}, // SOAP 1.1
    };
    for (const auto& [file, kind, subject] : files) {
        INFO(file);
        auto octets = base::read_file(*shared / "data/as4/messages" / file, 1 << 20).value();
        const auto signals = as4::ReceivedSignals::read(std::move(octets));
        REQUIRE(signals.has_value() == (subject != nullptr));
        if (!signals) continue;
        const auto claims = signals->claims();
        REQUIRE(claims.size() == 1);
        CHECK(claims[0].kind == kind);
        CHECK(claims[0].subject == subject);
        CHECK_FALSE(claims[0].message_id.empty());
    }
}
