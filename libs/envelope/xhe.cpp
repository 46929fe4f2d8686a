// SPDX-License-Identifier: Apache-2.0
// Follows the exact paths of the XHE header values, by namespace and parent. All other elements are
// skipped, above all the payload content, so that nothing in them can be mistaken for a header
// value.
#include "envelope/xhe.hpp"

#include "xml/push_reader.hpp"

#include <array>
#include <optional>
#include <vector>

namespace envelope {
namespace {

constexpr std::string_view xhe_ns =
    "http://docs.oasis-open.org/bdxr/ns/XHE/1/ExchangeHeaderEnvelope";
constexpr std::string_view xha_ns = "http://docs.oasis-open.org/bdxr/ns/XHE/1/AggregateComponents";
constexpr std::string_view xhb_ns = "http://docs.oasis-open.org/bdxr/ns/XHE/1/BasicComponents";

constexpr std::size_t max_value_length = 1024;
constexpr std::size_t max_criteria = 100;

enum class Place {
    document, // the parent of the document element
    xhe,
    version,
    header,
    id,
    scope,
    criterion,
    criterion_type,
    criterion_value,
    from,
    from_identification,
    from_id,
    to,
    to_identification,
    to_id,
    payloads,
    payload,
    content_type,
    handling_service,
    count,
};

enum class Kind { group, value };

struct Step {
    Place parent;
    xml::Name name;
    Place place;
    Kind kind;
};

constexpr Step steps[] = {
    {Place::document, {xhe_ns, "XHE"}, Place::xhe, Kind::group},
    {Place::xhe, {xhb_ns, "XHEVersionID"}, Place::version, Kind::value},
    {Place::xhe, {xha_ns, "Header"}, Place::header, Kind::group},
    {Place::header, {xhb_ns, "ID"}, Place::id, Kind::value},
    {Place::header, {xha_ns, "BusinessScope"}, Place::scope, Kind::group},
    {Place::scope, {xha_ns, "BusinessScopeCriterion"}, Place::criterion, Kind::group},
    {Place::criterion,
     {xhb_ns, "BusinessScopeCriterionTypeCode"},
     Place::criterion_type,
     Kind::value},
    {Place::criterion, {xhb_ns, "BusinessScopeCriterionValue"}, Place::criterion_value, Kind::value
    },
    {Place::header, {xha_ns, "FromParty"}, Place::from, Kind::group},
    {Place::from, {xha_ns, "PartyIdentification"}, Place::from_identification, Kind::group},
    {Place::from_identification, {xhb_ns, "ID"}, Place::from_id, Kind::value},
    {Place::header, {xha_ns, "ToParty"}, Place::to, Kind::group},
    {Place::to, {xha_ns, "PartyIdentification"}, Place::to_identification, Kind::group},
    {Place::to_identification, {xhb_ns, "ID"}, Place::to_id, Kind::value},
    {Place::xhe, {xha_ns, "Payloads"}, Place::payloads, Kind::group},
    {Place::payloads, {xha_ns, "Payload"}, Place::payload, Kind::group},
    {Place::payload, {xhb_ns, "ContentTypeCode"}, Place::content_type, Kind::value},
    {Place::payload, {xhb_ns, "HandlingServiceID"}, Place::handling_service, Kind::value},
};

const Step* step_to(Place parent, xml::Name name)
{
    for (const Step& step : steps)
        if (step.parent == parent && step.name.local == name.local && step.name.ns == name.ns)
            return &step;
    return nullptr;
}

std::string_view attribute_of(std::span<const xml::Attribute> attributes, std::string_view local)
{
    for (const xml::Attribute& attribute : attributes)
        if (attribute.name.ns.empty() && attribute.name.local == local) return attribute.value;
    return {};
}

} // namespace

struct XheReader::State final : xml::Listener {
    State() : reader(*this) {}

    void start_element(xml::Name name, std::span<const xml::Attribute> attributes) override;
    void characters(std::string_view piece) override;
    void end_element(xml::Name name) override;

    void fail(errc code, std::string detail);
    void value_begins(const Step& step, std::span<const xml::Attribute> attributes);
    void value_ends(const Step& step, const std::string& value);
    void criterion_ends();
    base::Result<> complete() const;

    std::vector<const Step*> path; // the open elements, which are all known
    std::size_t passed_by = 0;     // depth inside a skipped element; 0 = not inside one
    std::array<bool, static_cast<std::size_t>(Place::count)> seen{};
    std::string value; // text so far of the open value element
    std::string criterion_type;
    std::string criterion_value;
    std::size_t criteria = 0;
    XheHeader header;
    std::string version;
    base::Result<> outcome;
    xml::PushReader reader;
};

void XheReader::State::fail(errc code, std::string detail)
{
    if (outcome) outcome = base::Error(code, std::move(detail));
}

void XheReader::State::start_element(xml::Name name, std::span<const xml::Attribute> attributes)
{
    if (!outcome) return;
    if (passed_by > 0) {
        ++passed_by;
        return;
    }
    if (!path.empty() && path.back()->kind == Kind::value)
        return fail(errc::incomplete, std::string(path.back()->name.local) + ": elements inside");
    const Step* step = step_to(path.empty() ? Place::document : path.back()->place, name);
    if (step == nullptr) {
        if (path.empty()) return fail(errc::not_xhe, std::string(name.local.substr(0, 64)));
        passed_by = 1;
        return;
    }
    const std::string local(step->name.local);
    bool& already = seen[static_cast<std::size_t>(step->place)];
    if (step->place == Place::criterion) {
        seen[static_cast<std::size_t>(Place::criterion_type)] = false;
        seen[static_cast<std::size_t>(Place::criterion_value)] = false;
        criterion_type.clear();
        criterion_value.clear();
        if (++criteria > max_criteria) return fail(errc::incomplete, "too many " + local);
    } else if (already) {
        // Refuse a repeated value, because another reader might choose the other one [DIGG XHE 2.3:
        // each 1..1].
        return fail(errc::incomplete, local + " repeated");
    }
    already = true;
    path.push_back(step);
    if (step->kind == Kind::value) value_begins(*step, attributes);
}

void XheReader::State::value_begins(const Step& step, std::span<const xml::Attribute> attributes)
{
    value.clear();
    if (step.place != Place::from_id && step.place != Place::to_id) return;
    const std::string_view scheme = base::trim(attribute_of(attributes, "schemeID"));
    if (scheme.empty() || scheme.size() > max_value_length)
        return fail(
            errc::incomplete,
            step.place == Place::from_id ? "schemeID of FromParty" : "schemeID of ToParty"
        );
    (step.place == Place::from_id ? header.from : header.to).scheme = scheme;
}

void XheReader::State::characters(std::string_view piece)
{
    if (!outcome || passed_by > 0 || path.empty() || path.back()->kind != Kind::value) return;
    if (value.size() + piece.size() > max_value_length)
        return fail(errc::incomplete, std::string(path.back()->name.local) + " is too long");
    value += piece;
}

void XheReader::State::end_element(xml::Name)
{
    if (!outcome) return;
    if (passed_by > 0) {
        --passed_by;
        return;
    }
    const Step& step = *path.back();
    path.pop_back();
    if (step.kind == Kind::value) value_ends(step, std::string(base::trim(value)));
    if (step.place == Place::criterion) criterion_ends();
}

void XheReader::State::value_ends(const Step& step, const std::string& text)
{
    switch (step.place) {
    case Place::version:
        version = text;
        break;
    case Place::id:
        header.id = text;
        break;
    case Place::from_id:
        header.from.value = text;
        break;
    case Place::to_id:
        header.to.value = text;
        break;
    case Place::criterion_type:
        criterion_type = text;
        break;
    case Place::criterion_value:
        criterion_value = text;
        break;
    case Place::content_type:
        header.content_type = text;
        break;
    case Place::handling_service:
        header.handling_service = text;
        break;
    default:
        break;
    }
    if (step.place == Place::version && version != "1.0") fail(errc::wrong_value, "XHEVersionID");
}

void XheReader::State::criterion_ends()
{
    const std::pair<std::string_view, std::string*> known[] = {
        {"DOCUMENTID", &header.document_id},  {"DOCUMENTID_SCHEME", &header.document_scheme},
        {"PROCESSID", &header.process_id},    {"PROCESSID_SCHEME", &header.process_scheme},
        {"FEDERATIONID", &header.federation},
    };
    for (const auto& [type, into] : known) {
        if (criterion_type != type) continue;
        if (criterion_value.empty()) return fail(errc::incomplete, criterion_type + " is empty");
        if (!into->empty()) return fail(errc::incomplete, criterion_type + " repeated");
        *into = criterion_value;
    }
}

base::Result<> XheReader::State::complete() const
{
    const std::pair<const char*, const std::string&> needed[] = {
        {"XHEVersionID", version},          {"Header/ID", header.id},
        {"FromParty", header.from.value},   {"ToParty", header.to.value},
        {"DOCUMENTID", header.document_id}, {"DOCUMENTID_SCHEME", header.document_scheme},
        {"PROCESSID", header.process_id},   {"PROCESSID_SCHEME", header.process_scheme},
    };
    for (const auto& [name, text] : needed)
        if (text.empty()) return base::Error(errc::incomplete, name);
    return {};
}

XheReader::XheReader() : state_(std::make_unique<State>()) {}
XheReader::XheReader(XheReader&&) noexcept = default;
XheReader& XheReader::operator=(XheReader&&) noexcept = default;
XheReader::~XheReader() = default;

base::Result<> XheReader::feed(base::BytesView piece)
{
    if (!state_->outcome) return state_->outcome;
    const base::Result<> read = state_->reader.feed(piece);
    if (!read && state_->outcome) state_->outcome = read;
    return state_->outcome;
}

base::Result<XheHeader> XheReader::finish()
{
    if (state_->outcome) state_->outcome = state_->reader.finish();
    if (state_->outcome) state_->outcome = state_->complete();
    if (!state_->outcome) return state_->outcome.error();
    return state_->header;
}

} // namespace envelope
