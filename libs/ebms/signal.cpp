// SPDX-License-Identifier: Apache-2.0
// eb:SignalMessage read and written: receipts and errors [ebMS 3.0 Core 5.2.3, AS4 5.1.8].
#include "ebms/structure.hpp"

namespace ebms {
namespace {

// ds:Reference elements of ebbpsig:NonRepudiationInformation; other children of eb:Receipt are
// borne.
base::Result<std::vector<xml::Node>> read_references(xml::Node receipt)
{
    const std::vector<xml::Node> information =
        receipt.children({ebbp_ns, "NonRepudiationInformation"});
    if (information.size() > 1)
        return base::Error(errc::inconsistent, "two NonRepudiationInformation");
    std::vector<xml::Node> references;
    if (information.empty()) return references;
    for (const xml::Node part :
         information.front().children({ebbp_ns, "MessagePartNRInformation"})) {
        for (const xml::Node reference : part.children({ds_ns, "Reference"})) {
            if (references.size() == most_references)
                return base::Error(errc::invalid_header, "too many ds:Reference");
            references.push_back(reference);
        }
    }
    return references;
}

base::Result<Message> read_receipt(MessageInfo info, xml::Node node)
{
    if (node.children().empty()) return base::Error(errc::invalid_header, "Receipt is empty");
    if (info.ref_to_message_id.empty())
        return base::Error(errc::inconsistent, "Receipt for no message");
    base::Result<std::vector<xml::Node>> references = read_references(node);
    if (!references) return references.error();
    return Message(Receipt{std::move(info), std::move(*references)});
}

base::Result<> read_error_attributes(xml::Node node, Error& error)
{
    const std::pair<std::string_view, std::string*> attributes[] = {
        {"errorCode", &error.code},    {"severity", &error.severity},
        {"category", &error.category}, {"refToMessageInError", &error.ref_to_message},
        {"origin", &error.origin},     {"shortDescription", &error.short_description},
    };
    for (const auto& [name, into] : attributes) {
        base::Result<std::string> value = token_attribute(node, name, longest_id, Empty::allowed);
        if (!value) return value.error();
        *into = std::move(*value);
    }
    if (error.code.empty() || error.severity.empty())
        return base::Error(errc::invalid_header, "Error without errorCode or severity");
    return {};
}

base::Result<Error> read_error(xml::Node node)
{
    Error error;
    if (const base::Result<> read = read_error_attributes(node, error); !read) return read.error();
    Sequence inner(node);
    if (const std::optional<xml::Node> description =
            inner.take("Description")) { // without xml:lang: borne
        base::Result<std::string> text = token(*description, longest_value, Empty::allowed);
        if (!text) return text.error();
        error.description = std::move(*text);
    }
    if (const std::optional<xml::Node> detail = inner.take("ErrorDetail")) {
        base::Result<std::string> text = token(*detail, longest_value, Empty::allowed);
        if (!text) return text.error();
        error.detail = std::move(*text);
    }
    if (const base::Result<> end = inner.end(); !end) return end.error();
    return error;
}

std::string error_text(const Error& error)
{
    // Attributes in the order of their names [C14N 2.3].
    std::string text = "<eb:Error" + attribute_text("category", error.category) +
                       attribute_text("errorCode", error.code) +
                       attribute_text("origin", error.origin) +
                       attribute_text("refToMessageInError", error.ref_to_message) +
                       attribute_text("severity", error.severity) +
                       attribute_text("shortDescription", error.short_description) + ">";
    if (!error.description.empty())
        text += element("Description", " xml:lang=\"en\"", error.description);
    if (!error.detail.empty()) text += element("ErrorDetail", "", error.detail);
    return text + "</eb:Error>";
}

bool is_multi_hop(xml::Node messaging)
{
    constexpr std::string_view next_msh =
        "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/part2/200811/nextmsh";
    return messaging.attribute({soap_ns, "role"}) == next_msh;
}

} // namespace

base::Result<Message> read_signal(xml::Node node)
{
    Sequence sequence(node);
    base::Result<MessageInfo> info = read_message_info(sequence);
    if (!info) return info.error();
    if (sequence.take("PullRequest")) return base::Error(errc::unsupported, "PullRequest");
    const std::optional<xml::Node> receipt = sequence.take("Receipt");
    ErrorSignal signal{*info, {}};
    while (const std::optional<xml::Node> child = sequence.take("Error")) {
        base::Result<Error> error = read_error(*child);
        if (!error) return error.error();
        if (signal.errors.size() == most_errors)
            return base::Error(errc::invalid_header, "too many Error");
        signal.errors.push_back(std::move(*error));
    }
    if (const base::Result<> end = sequence.end_with_foreign(); !end) return end.error();
    if (receipt && !signal.errors.empty())
        return base::Error(errc::inconsistent, "Receipt and Error in one signal");
    if (receipt) return read_receipt(std::move(*info), *receipt);
    if (signal.errors.empty())
        return base::Error(errc::invalid_header, "SignalMessage without a signal");
    return Message(std::move(signal));
}

base::Result<Message> read(xml::Node messaging)
{
    if (!messaging.is(eb("Messaging")))
        return base::Error(errc::invalid_header, "not eb:Messaging");
    if (is_multi_hop(messaging)) return base::Error(errc::unsupported, "multi-hop");
    Sequence sequence(messaging);
    const std::optional<xml::Node> signal = sequence.take("SignalMessage");
    if (signal && sequence.take("SignalMessage"))
        return base::Error(errc::inconsistent, "two SignalMessage");
    const std::optional<xml::Node> user_message = sequence.take("UserMessage");
    if (signal && user_message) return base::Error(errc::inconsistent, "UserMessage with a signal");
    if (user_message && sequence.take("UserMessage"))
        return base::Error(errc::inconsistent, "two UserMessage");
    if (const base::Result<> end = sequence.end_with_foreign(); !end) return end.error();
    if (signal) return read_signal(*signal);
    if (!user_message)
        return base::Error(errc::invalid_header, "neither UserMessage nor SignalMessage");
    base::Result<UserMessage> message = read_user_message(*user_message);
    if (!message) return message.error();
    return Message(std::move(*message));
}

std::string message_id_of(xml::Node messaging)
{
    std::optional<xml::Node> message = messaging.child(eb("UserMessage"));
    if (!message) message = messaging.child(eb("SignalMessage"));
    const std::optional<xml::Node> info =
        message ? message->child(eb("MessageInfo")) : std::nullopt;
    const std::optional<xml::Node> node = info ? info->child(eb("MessageId")) : std::nullopt;
    if (!node) return {};
    const std::string id = collapse(node->text().value_or(""));
    return is_message_id(id) ? id : std::string();
}

base::Bytes write_receipt(
    const MessageInfo& info, const std::vector<base::Bytes>& references, std::string_view id
)
{
    std::string text = "<eb:SignalMessage>" + message_info(info) +
                       "<eb:Receipt><ebbpsig:NonRepudiationInformation" +
                       attribute_text("xmlns:ebbpsig", ebbp_ns) + ">";
    for (const base::Bytes& reference : references)
        text += "<ebbpsig:MessagePartNRInformation>" + reference +
                "</ebbpsig:MessagePartNRInformation>";
    text += "</ebbpsig:NonRepudiationInformation></eb:Receipt></eb:SignalMessage>";
    return messaging(id, text);
}

base::Bytes write(const ErrorSignal& signal, std::string_view id)
{
    std::string text = "<eb:SignalMessage>" + message_info(signal.info);
    for (const Error& error : signal.errors)
        text += error_text(error);
    return messaging(id, text + "</eb:SignalMessage>");
}

} // namespace ebms
