// SPDX-License-Identifier: Apache-2.0
// Reads and writes eb:SignalMessage: receipts and errors [ebMS 3.0 Core 5.2.3, AS4 5.1.8].
#include "ebms/structure.hpp"

#include <algorithm>

namespace ebms {
namespace {

// Collects the ds:Reference elements of ebbpsig:NonRepudiationInformation. Skips other children of
// eb:Receipt.
Receipt read_receipt(xml::Node node)
{
    Receipt receipt;
    const std::vector<xml::Node> information =
        node.children({ebbp_ns, "NonRepudiationInformation"});
    if (information.empty()) receipt.flaw = "it has no NonRepudiationInformation";
    if (information.size() > 1) receipt.flaw = "it has two NonRepudiationInformation";
    if (information.size() != 1) return receipt;
    for (const xml::Node part :
         information.front().children({ebbp_ns, "MessagePartNRInformation"})) {
        for (const xml::Node reference : part.children({ds_ns, "Reference"}))
            receipt.references.push_back(reference);
    }
    if (receipt.references.size() <= max_references) return receipt;
    return {{}, "it has more than " + std::to_string(max_references) + " ds:Reference"};
}

std::string attribute_of(xml::Node node, std::string_view name)
{
    return cut(collapse(node.attribute({"", name}).value_or("")), max_id_length);
}

// Returns the first non-empty text among the children with this name. A child with elements inside
// counts as empty.
std::string child_text(xml::Node node, std::string_view local)
{
    for (const xml::Node child : node.children(eb(local))) {
        auto text = cut(collapse(child.text().value_or("")), max_value_length);
        if (!text.empty()) return text;
    }
    return {};
}

Error read_error(xml::Node node)
{
    Error error;
    error.code = attribute_of(node, "errorCode");
    error.severity = attribute_of(node, "severity");
    error.category = attribute_of(node, "category");
    error.origin = attribute_of(node, "origin");
    error.short_description = attribute_of(node, "shortDescription");
    error.ref_to_message = attribute_of(node, "refToMessageInError");
    error.description = child_text(node, "Description");
    error.detail = child_text(node, "ErrorDetail");
    return error;
}

void add_unused(Signals& signals, std::string name)
{
    if (signals.unused.size() < max_unused) signals.unused.push_back(std::move(name));
}

std::string name_of(xml::Node node)
{
    return cut(std::string(node.local_name()), 64);
}

SignalMessage read_signal(xml::Node node, Signals& signals)
{
    SignalMessage signal;
    signal.info = read_signal_info(node);
    for (const xml::Node child : node.children()) {
        if (child.is(eb("MessageInfo"))) continue;
        if (child.is(eb("Receipt")))
            signal.receipts.push_back(read_receipt(child));
        else if (child.is(eb("Error")) && signal.errors.size() < max_errors)
            signal.errors.push_back(read_error(child));
        else
            add_unused(signals, name_of(child));
    }
    return signal;
}

bool says_something(const SignalMessage& signal)
{
    return !signal.receipts.empty() || !signal.errors.empty();
}

std::string error_text(const Error& error)
{
    // Attributes are sorted by name [C14N 2.3].
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

bool is_warning(const Error& error)
{
    return base::lower(error.severity) == "warning";
}

std::string describe(const std::vector<Error>& errors)
{
    constexpr std::size_t longest = 1000;
    std::string text;
    for (const Error& error : errors) {
        if (text.size() > longest) break;
        if (!text.empty()) text += "; ";
        text += error.code.empty() ? "an error without a code" : error.code;
        if (!error.short_description.empty()) text += " " + error.short_description;
        for (const std::string& words : {error.detail, error.description})
            if (!words.empty()) text += ": " + words;
    }
    return cut(std::move(text), longest);
}

base::Result<Signals> read_signals(xml::Node messaging)
{
    if (!messaging.is(eb("Messaging")))
        return base::Error(errc::invalid_header, "not eb:Messaging");
    Signals signals;
    for (const xml::Node child : messaging.children()) {
        if (child.is(eb("SignalMessage")))
            signals.messages.push_back(read_signal(child, signals));
        else if (child.is(eb("UserMessage"))) {
            signals.has_user_message = true;
            add_unused(signals, "UserMessage " + read_signal_info(child).message_id);
        } else {
            add_unused(signals, name_of(child));
        }
    }
    return signals;
}

base::Result<Message> read(xml::Node messaging)
{
    if (!messaging.is(eb("Messaging")))
        return base::Error(errc::invalid_header, "not eb:Messaging");
    const bool signal = messaging.child(eb("SignalMessage")).has_value();
    if (signal && messaging.child(eb("UserMessage")))
        return base::Error(errc::inconsistent, "UserMessage with a signal");
    if (signal) {
        base::Result<Signals> signals = read_signals(messaging);
        if (!signals) return signals.error();
        if (std::ranges::any_of(signals->messages, says_something))
            return Message(std::move(*signals));
        if (std::ranges::find(signals->unused, "PullRequest") != signals->unused.end())
            return base::Error(errc::unsupported, "PullRequest");
        return base::Error(errc::invalid_header, "SignalMessage without a signal");
    }
    if (is_multi_hop(messaging)) return base::Error(errc::unsupported, "multi-hop");
    Sequence sequence(messaging);
    const std::optional<xml::Node> user_message = sequence.take("UserMessage");
    if (user_message && sequence.take("UserMessage"))
        return base::Error(errc::inconsistent, "two UserMessage");
    if (const base::Result<> end = sequence.end_with_foreign(); !end) return end.error();
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
