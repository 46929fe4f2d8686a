// SPDX-License-Identifier: Apache-2.0
// Receipts and errors, ours and those of other products.
#include "ebms/samples.hpp"
#include "support/shared_data.hpp"

#include <catch2/catch.hpp>

#include <functional>

using ebms::errc;

namespace {

const std::string receipt_info = changed(
    message_info_text, "</eb:MessageInfo>",
    "<eb:RefToMessageId>u1@x</eb:RefToMessageId></eb:MessageInfo>"
);

std::string signal(const std::string& inside)
{
    return messaging("<eb:SignalMessage>" + inside + "</eb:SignalMessage>");
}

base::Bytes reference(const std::string& uri)
{
    return "<ds:Reference xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" URI=\"" + uri +
           "\"><ds:Transforms><ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">"
           "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" "
           "PrefixList=\"S12\"></ec:InclusiveNamespaces>"
           "</ds:Transform></ds:Transforms><ds:DigestMethod "
           "Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod>"
           "<ds:DigestValue>YWJj</ds:DigestValue></ds:Reference>";
}

struct Read {
    xml::Document document;
    ebms::Signals signals;

    const ebms::SignalMessage& first() const { return signals.messages.at(0); }
};

Read read(const std::string& text)
{
    auto document = xml::Document::parse(text);
    REQUIRE(document);
    auto message = ebms::read(document->root());
    REQUIRE(message);
    return {std::move(*document), std::get<ebms::Signals>(std::move(*message))};
}

// Of an answer: nothing of it is refused.
ebms::Signals answered(const std::string& text)
{
    const auto document = xml::Document::parse(text);
    REQUIRE(document);
    return ebms::read_signals(document->root()).value();
}

} // namespace

TEST_CASE(
    "a written receipt is canonical and gives its references back octet by octet",
    "[ebms][AS4 5.1.8]"
)
{
    const std::vector<base::Bytes> references = {
        reference("#m"), reference("cid:message"),
        "<Reference xmlns=\"http://www.w3.org/2000/09/xmldsig#\" URI=\"#b\"></Reference>"
    };
    const ebms::MessageInfo info{*base::parse_time("2026-11-22T01:02:03Z"), "r1@x", "m1@x"};
    const base::Bytes octets = ebms::write_receipt(info, references, "_r");
    const Read got = read(octets);
    CHECK(*xml::canonical(got.document.root()) == octets);
    CHECK(got.first().info.message_id == "r1@x");
    CHECK(got.first().info.ref_to_message_id == "m1@x");
    REQUIRE(got.first().receipts.size() == 1);
    const auto& receipt = got.first().receipts[0];
    REQUIRE(receipt.references.size() == references.size());
    for (std::size_t i = 0; i < references.size(); ++i)
        CHECK(*xml::canonical(receipt.references[i]) == references[i]);
}

TEST_CASE("a written error is canonical and is read back with every value", "[ebms][ebMS 6.2]")
{
    ebms::ErrorSignal sent{{*base::parse_time("2026-11-22T01:02:03Z"), "e1@x", "m1@x"}, {}};
    sent.errors.push_back(
        {"EBMS:0101", "failure", "Processing", "security", "FailedAuthentication", "m1@x",
         "a < b & \"c\"", "detail"}
    );
    sent.errors.push_back({"EBMS:0004", "warning", "", "", "", "", "", ""});
    const base::Bytes octets = ebms::write(sent, "_e");
    const Read got = read(octets);
    CHECK(*xml::canonical(got.document.root()) == octets);
    CHECK(got.first().info.timestamp == sent.info.timestamp);
    const auto& errors = got.first().errors;
    REQUIRE(errors.size() == 2);
    CHECK(errors[0].code == "EBMS:0101");
    CHECK(errors[0].severity == "failure");
    CHECK(errors[0].category == "Processing");
    CHECK(errors[0].origin == "security");
    CHECK(errors[0].short_description == "FailedAuthentication");
    CHECK(errors[0].ref_to_message == "m1@x");
    CHECK(errors[0].description == "a < b & \"c\"");
    CHECK(errors[0].detail == "detail");
    CHECK(errors[1].code == "EBMS:0004");

    sent.info.ref_to_message_id.clear(); // the message in error may be unknown
    CHECK(read(ebms::write(sent, "_e")).first().info.ref_to_message_id.empty());
}

TEST_CASE(
    "a receipt may hold what it likes, only references of the right namespaces count",
    "[ebms][design 5.5]"
)
{
    const std::string nri = "xmlns:n=\"http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0\" "
                            "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"";
    const auto count = [&](const std::string& inside) {
        const Read got = read(signal(receipt_info + "<eb:Receipt>" + inside + "</eb:Receipt>"));
        REQUIRE(got.first().receipts.size() == 1);
        return got.first().receipts[0].references.size();
    };
    CHECK(count("<o:x xmlns:o=\"urn:o\"/>") == 0);
    CHECK(count(user_message_text) == 0); // reception awareness [AS4 5.1.8]
    CHECK(
        count(
            "<n:NonRepudiationInformation " + nri +
            "><n:MessagePartNRInformation><ds:Reference/></n:MessagePartNRInformation>"
            "<n:MessagePartNRInformation><ds:Reference/></n:MessagePartNRInformation></"
            "n:NonRepudiationInformation>"
        ) == 2
    );
    CHECK(
        count(
            "<o:x xmlns:o=\"urn:o\"/><n:NonRepudiationInformation " + nri +
            "><n:MessagePartNRInformation><n:MessagePartIdentifier/><n:Reference/></"
            "n:MessagePartNRInformation>"
            "<ds:Reference/></n:NonRepudiationInformation>"
        ) == 0
    );
    CHECK(
        count(
            "<NonRepudiationInformation " + nri +
            "><n:MessagePartNRInformation><ds:Reference/></n:MessagePartNRInformation></"
            "NonRepudiationInformation>"
        ) == 0
    );
    CHECK(
        count(
            "<o:x xmlns:o=\"urn:o\"><n:NonRepudiationInformation " + nri +
            "><n:MessagePartNRInformation><ds:Reference/></n:MessagePartNRInformation></"
            "n:NonRepudiationInformation></o:x>"
        ) == 0
    );
}

TEST_CASE("a receipt whose references cannot be used says why, and has none", "[ebms][AS4 5.1.8]")
{
    const std::string nri = "<n:NonRepudiationInformation "
                            "xmlns:n=\"http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0\" "
                            "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">";
    const std::string end = "</n:NonRepudiationInformation>";
    const auto flaw = [&](const std::string& inside) {
        const auto got = read(signal(receipt_info + "<eb:Receipt>" + inside + "</eb:Receipt>"));
        CHECK(got.first().info.ref_to_message_id == "u1@x"); // it names its message all the same
        const auto& receipt = got.first().receipts.at(0);
        if (!receipt.flaw.empty()) CHECK(receipt.references.empty());
        return receipt.flaw;
    };
    CHECK(flaw("") == "it has no NonRepudiationInformation");
    CHECK(flaw(user_message_text) == "it has no NonRepudiationInformation");
    CHECK(flaw(nri + end + nri + end) == "it has two NonRepudiationInformation");
    CHECK(flaw(nri + end).empty()); // of no reference, which is no proof either

    std::string many = "<n:MessagePartNRInformation>";
    for (int i = 0; i < 300; ++i)
        many += "<ds:Reference/>";
    const std::string part_end = "</n:MessagePartNRInformation>";
    CHECK(flaw(nri + many + part_end + end).empty());
    CHECK(
        flaw(nri + many + "<ds:Reference/>" + part_end + end) == "it has more than 300 ds:Reference"
    );
    // Each receipt is read; how many may name a message is another's question.
    const auto two = read(signal(receipt_info + "<eb:Receipt/><eb:Receipt/>"));
    CHECK(two.first().receipts.size() == 2);
}

TEST_CASE("a request with a SignalMessage must say something", "[ebms]")
{
    const std::string error = "<eb:Error errorCode=\"EBMS:0004\" severity=\"failure\"/>";
    const std::string receipt = "<eb:Receipt><o:x xmlns:o=\"urn:o\"/></eb:Receipt>";
    const std::string pull = "<eb:PullRequest mpc=\"urn:m\"/>";
    const std::string one = "<eb:SignalMessage>" + receipt_info + receipt + "</eb:SignalMessage>";
    CHECK_FALSE(error_of(signal(receipt_info + receipt)));
    CHECK_FALSE(error_of(signal(receipt_info + error)));
    CHECK(error_of(signal(receipt_info)) == errc::invalid_header);
    CHECK(error_of(signal("")) == errc::invalid_header);
    CHECK(error_of(signal(message_info_text + pull)) == errc::unsupported);
    CHECK_FALSE(error_of(signal(receipt_info + pull + receipt)));
    CHECK_FALSE(error_of(
        messaging("<eb:SignalMessage>" + message_info_text + pull + "</eb:SignalMessage>" + one)
    ));
    CHECK(error_of(messaging("<eb:Other/>")) == errc::invalid_header);
    CHECK(error_of(messaging(one + user_message_text)) == errc::inconsistent);
    CHECK(error_of(messaging(user_message_text + one)) == errc::inconsistent);
    // What signals may hold, a UserMessage may not.
    CHECK_FALSE(error_of(messaging(one + "<eb:Other/>")));
    CHECK(error_of(messaging(user_message_text + "<eb:Other/>")) == errc::invalid_header);
    CHECK(
        error_with("</eb:UserMessage>", "<o:x xmlns:o=\"urn:o\"/></eb:UserMessage>") ==
        errc::invalid_header
    );
}

TEST_CASE("every SignalMessage is read, whatever the others are", "[ebms][EBMS 5.2.3]")
{
    const std::string receipt = "<eb:Receipt><o:x xmlns:o=\"urn:o\"/></eb:Receipt>";
    const std::string warning = "<eb:Error errorCode=\"EBMS:0004\" severity=\"warning\"/>";
    const auto got = answered(messaging(
        "<eb:Novel/>" + user_message_text + "<eb:SignalMessage/><eb:SignalMessage>" + receipt_info +
        warning + "<eb:PullRequest/>" + receipt + warning +
        "</eb:SignalMessage><eb:SignalMessage>" + message_info_text + "<novel/>" + warning +
        "</eb:SignalMessage>"
    ));
    REQUIRE(got.messages.size() == 3);
    CHECK(got.messages[0].info.message_id.empty());
    CHECK(got.messages[0].receipts.empty());
    CHECK(got.messages[1].info.ref_to_message_id == "u1@x");
    CHECK(got.messages[1].receipts.size() == 1);
    CHECK(got.messages[1].errors.size() == 2);
    CHECK(got.messages[2].errors.size() == 1);
    CHECK(
        got.unused == std::vector<std::string>{"Novel", "UserMessage m1@x", "PullRequest", "novel"}
    );
    std::string many;
    for (int i = 0; i < 1000; ++i)
        many += "<eb:Novel" + std::to_string(i) + "/>";
    CHECK(answered(messaging(many)).unused.size() == 20);
    CHECK_FALSE(ebms::read_signals(xml::Document::parse("<a/>")->root()));
}

TEST_CASE("what cannot be used of a signal's MessageInfo is left empty", "[ebms]")
{
    const auto info_of = [](const std::string& info) {
        return answered(signal(info + "<eb:Receipt/>")).messages.at(0).info;
    };
    const std::string id = "<eb:MessageId>r@x</eb:MessageId>";
    const std::string about = "<eb:RefToMessageId> u@x </eb:RefToMessageId>";
    const auto inside = [](const std::string& text) {
        return "<eb:MessageInfo>" + text + "</eb:MessageInfo>";
    };
    CHECK(info_of(inside(about + id)).message_id == "r@x");
    CHECK(info_of(inside(about + id)).ref_to_message_id == "u@x");
    CHECK(info_of(inside("<eb:Timestamp>now</eb:Timestamp>" + id)).timestamp == base::Time());
    CHECK(info_of(inside("<eb:MessageId>with space</eb:MessageId>")).message_id.empty());
    CHECK(
        info_of(inside("<eb:MessageId><o:x xmlns:o=\"urn:o\"/></eb:MessageId>")).message_id.empty()
    );
    CHECK(info_of(inside("<eb:MessageId>" + std::string(1025, 'x') + "</eb:MessageId>"))
              .message_id.empty());
    // What stands there twice could be read in two ways.
    CHECK(info_of(inside(about + about + id)).ref_to_message_id.empty());
    CHECK(info_of(inside(id + id + about)).message_id.empty());
    CHECK(info_of(inside(about) + inside(about)).ref_to_message_id.empty());
    CHECK(info_of("").ref_to_message_id.empty());
    CHECK(info_of(about).ref_to_message_id.empty());
}

TEST_CASE("an error is read whatever it lacks or has more", "[ebms][EBMS 6.2]")
{
    const auto read_error = [](const std::string& error) {
        return answered(signal(message_info_text + error)).messages.at(0).errors.at(0);
    };
    CHECK(read_error("<eb:Error severity=\"failure\"/>").code.empty());
    CHECK(read_error("<eb:Error errorCode=\"EBMS:0004\"/>").severity.empty());
    CHECK(read_error("<eb:Error errorCode=\" EBMS:0004 \"/>").code == "EBMS:0004");
    CHECK(read_error("<eb:Error/>").description.empty());
    const auto cut = read_error("<eb:Error errorCode=\"" + std::string(5000, 'E') + "\"/>").code;
    CHECK(cut == std::string(1024, 'E'));
    const auto texts = [&](const std::string& inside) {
        const auto error = read_error("<eb:Error>" + inside + "</eb:Error>");
        return error.description + "|" + error.detail;
    };
    CHECK(texts("<eb:Description>a</eb:Description><eb:ErrorDetail>b</eb:ErrorDetail>") == "a|b");
    CHECK(texts("<eb:ErrorDetail>b</eb:ErrorDetail><eb:Description>a</eb:Description>") == "a|b");
    CHECK(
        texts("<eb:Description xml:lang=\"fi\"/><eb:Novel/><eb:Description>a</eb:Description>") ==
        "a|"
    );
    CHECK(texts("<eb:Description><x/></eb:Description>") == "|");
    // Cut between two letters, never inside of one.
    const auto letters = texts("<eb:ErrorDetail>x" + [] {
        std::string text;
        for (int i = 0; i < 8192; ++i)
            text += "\xC3\xB6";
        return text;
    }() + "</eb:ErrorDetail>");
    CHECK(letters.size() == 1 + 8191);
    CHECK(letters.ends_with("\xC3\xB6"));

    std::string many;
    for (int i = 0; i < 101; ++i)
        many += "<eb:Error/>";
    const auto got = answered(signal(message_info_text + many));
    CHECK(got.messages.at(0).errors.size() == 100);
    CHECK(got.unused == std::vector<std::string>{"Error"});
}

TEST_CASE("only the severity warning says that nothing failed", "[ebms][EBMS 6.2.5]")
{
    const auto warns = [](const std::string& severity) {
        ebms::Error error;
        error.severity = severity;
        return ebms::is_warning(error);
    };
    for (const auto* severity : {"warning", "Warning", "WARNING"})
        CHECK(warns(severity));
    for (const auto* severity : {"failure", "error", "fatal", "", "warnings", "info"})
        CHECK_FALSE(warns(severity));
}

TEST_CASE("errors are described in one line of bounded length", "[ebms]")
{
    ebms::Error error;
    error.code = "EBMS:0004";
    error.short_description = "Other";
    error.detail = "down";
    CHECK(ebms::describe({error, {}}) == "EBMS:0004 Other: down; an error without a code");
    CHECK(ebms::describe({}).empty());
    error.detail = std::string(600, 'x');
    CHECK(ebms::describe({error, error, error}).size() == 1000);
}

TEST_CASE("headers of other products are read", "[ebms][data]")
{
    const auto shared = support::shared_data("headers of other products are read");
    if (!shared) return;
    // What each file's message is: 0 UserMessage, 1 Receipt with so many references, 2 Error.
    struct Expected {
        const char* file;
        std::size_t kind;
        std::size_t references;
    };
    const Expected files[] = {
        {"domibus/MSHAS4Request.xml", 0, 0},
        {"domibus/MSHAS4Response.xml", 1, 3},
        {"domibus/validAS4Response2.xml", 1, 2},
        {"harmony/sampleSOAPHeaders/request_BST_PKIP.xml", 0, 0},
        {"harmony/sampleSOAPHeaders/response_BST_PKIP.xml", 1, 3},
        {"harmony/soapEnvelope-SignalMessage-error.xml", 2, 0},
        {"as4net/integrationtests/8.1.21-message.xml", 0, 0},
        {"as4net/unittests/receipt.xml", 1, 4},
        {"oasis-as4-os-examples/UserMessage_No_MPC_P2P_WSSecurity.as4receipt.xml", 1, 4},
        {"phase4/soap12test/UserMessage12.xml", 0, 0},
        {"phase4/testfiles/TestReceipt12.xml", 1, 3},
        {"phase4/testfiles/ErrorMessageWithFault.xml", 2, 0},
        {"phase4/testfiles/ErrorMessageNoRefToMessageID.xml", 2, 0},
    };
    for (const Expected& expected : files) {
        INFO(expected.file);
        const auto octets = base::read_file(*shared / "data/as4/messages" / expected.file, 1 << 20);
        REQUIRE(octets);
        const auto document = xml::Document::parse(*octets);
        REQUIRE(document);
        const auto header = document->root().child({document->root().ns(), "Header"});
        REQUIRE(header);
        const auto node = header->child({eb_namespace, "Messaging"});
        REQUIRE(node);
        const auto message = ebms::read(*node);
        REQUIRE(message);
        CHECK_FALSE(ebms::message_id_of(*node).empty());
        const auto* signals = std::get_if<ebms::Signals>(&*message);
        CHECK((signals == nullptr) == (expected.kind == 0));
        if (!signals) continue;
        REQUIRE(signals->messages.size() == 1);
        const auto& only = signals->messages[0];
        CHECK(signals->unused.empty());
        CHECK(only.receipts.size() == (expected.kind == 1 ? 1 : 0));
        CHECK(only.errors.size() == (expected.kind == 2 ? 1 : 0));
        if (!only.receipts.empty())
            CHECK(only.receipts[0].references.size() == expected.references);
    }
}
