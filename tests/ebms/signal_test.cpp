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
    ebms::Message message;
};

Read read(const std::string& text)
{
    auto document = xml::Document::parse(text);
    REQUIRE(document);
    auto message = ebms::read(document->root());
    REQUIRE(message);
    return {std::move(*document), std::move(*message)};
}

} // namespace

TEST_CASE(
    "a written receipt is canonical and gives its references back octet by octet",
    "[ebms][AS4 5.1.8]"
)
{
    const std::vector<base::Bytes> references = {
        reference("#m"), reference("cid:message"),
        "<Reference xmlns=\"http://www.w3.org/2000/09/xmldsig#\" URI=\"#b\"></Reference>"};
    const ebms::MessageInfo info{*base::parse_time("2026-11-22T01:02:03Z"), "r1@x", "m1@x"};
    const base::Bytes octets = ebms::write_receipt(info, references, "_r");
    const Read got = read(octets);
    CHECK(*xml::canonical(got.document.root()) == octets);
    const auto& receipt = std::get<ebms::Receipt>(got.message);
    CHECK(receipt.info.message_id == "r1@x");
    CHECK(receipt.info.ref_to_message_id == "m1@x");
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
    const auto& errors = std::get<ebms::ErrorSignal>(got.message).errors;
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
    CHECK(std::get<ebms::ErrorSignal>(read(ebms::write(sent, "_e")).message)
              .info.ref_to_message_id.empty());
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
        return std::get<ebms::Receipt>(got.message).references.size();
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

TEST_CASE("a receipt must receipt something, once", "[ebms]")
{
    const std::string nri = "<n:NonRepudiationInformation "
                            "xmlns:n=\"http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0\">";
    const std::string end = "</n:NonRepudiationInformation>";
    CHECK(error_of(signal(receipt_info + "<eb:Receipt/>")) == errc::invalid_header);
    CHECK(
        error_of(signal(message_info_text + "<eb:Receipt>" + nri + end + "</eb:Receipt>")) ==
        errc::inconsistent
    );
    CHECK(
        error_of(signal(receipt_info + "<eb:Receipt>" + nri + end + nri + end + "</eb:Receipt>")) ==
        errc::inconsistent
    );
    CHECK(
        error_of(signal(
            receipt_info + "<eb:Receipt>" + nri + end + "</eb:Receipt><eb:Receipt>" + nri + end +
            "</eb:Receipt>"
        )) == errc::invalid_header
    );

    std::string many =
        "<n:MessagePartNRInformation xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">";
    for (int i = 0; i < 300; ++i)
        many += "<ds:Reference/>";
    CHECK_FALSE(error_of(signal(
        receipt_info + "<eb:Receipt>" + nri + many + "</n:MessagePartNRInformation>" + end +
        "</eb:Receipt>"
    )));
    CHECK(
        error_of(signal(
            receipt_info + "<eb:Receipt>" + nri + many +
            "<ds:Reference/></n:MessagePartNRInformation>" + end + "</eb:Receipt>"
        )) == errc::invalid_header
    );
}

TEST_CASE("a signal is one thing: receipt or errors", "[ebms]")
{
    const std::string error = "<eb:Error errorCode=\"EBMS:0004\" severity=\"failure\"/>";
    const std::string receipt = "<eb:Receipt><o:x xmlns:o=\"urn:o\"/></eb:Receipt>";
    CHECK_FALSE(error_of(signal(receipt_info + error + error)));
    CHECK(error_of(signal(receipt_info + receipt + error)) == errc::inconsistent);
    CHECK(error_of(signal(receipt_info + error + receipt)) == errc::invalid_header);
    CHECK(error_of(signal(receipt_info)) == errc::invalid_header);
    CHECK(error_of(signal(error)) == errc::invalid_header);
    CHECK(
        error_of(signal(message_info_text + "<eb:PullRequest mpc=\"urn:m\"/>")) == errc::unsupported
    );
    CHECK_FALSE(error_of(signal(receipt_info + error + "<o:x xmlns:o=\"urn:o\"/>")));
    CHECK(error_of(signal(receipt_info + error + "<eb:Other/>")) == errc::invalid_header);

    std::string many;
    for (int i = 0; i < 101; ++i)
        many += error;
    CHECK(error_of(signal(receipt_info + many)) == errc::invalid_header);
}

TEST_CASE("an error needs a code and a severity; a description without language is borne", "[ebms]")
{
    const auto with = [](const std::string& error) {
        return error_of(signal(message_info_text + error));
    };
    CHECK(with("<eb:Error severity=\"failure\"/>") == errc::invalid_header);
    CHECK(with("<eb:Error errorCode=\"EBMS:0004\"/>") == errc::invalid_header);
    CHECK(with("<eb:Error errorCode=\" \" severity=\"failure\"/>") == errc::invalid_header);
    CHECK(
        with("<eb:Error errorCode=\"" + std::string(1025, 'E') + "\" severity=\"failure\"/>") ==
        errc::invalid_header
    );
    CHECK_FALSE(with("<eb:Error errorCode=\"X\" severity=\"fatal\" "
                     "category=\"\"><eb:Description>x</eb:Description></eb:Error>"));
    const std::string start = "<eb:Error errorCode=\"X\" severity=\"failure\">";
    CHECK_FALSE(with(start + "<eb:Description/><eb:ErrorDetail/></eb:Error>"));
    CHECK(with(start + "<eb:ErrorDetail/><eb:Description/></eb:Error>") == errc::invalid_header);
    CHECK(with(start + "<eb:Description><x/></eb:Description></eb:Error>") == errc::invalid_header);
    CHECK(
        with(
            start + "<eb:ErrorDetail>" + std::string(8 * 1024 + 1, 'x') +
            "</eb:ErrorDetail></eb:Error>"
        ) == errc::invalid_header
    );
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
        CHECK(message->index() == expected.kind);
        CHECK_FALSE(ebms::message_id_of(*node).empty());
        if (const auto* receipt = std::get_if<ebms::Receipt>(&*message))
            CHECK(receipt->references.size() == expected.references);
    }
}
