// SPDX-License-Identifier: Apache-2.0
// See access_point.hpp.
#include "support/access_point.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace support {

namespace {

class NetworkClient final : public http::Client {
public:
    explicit NetworkClient(const Network& network) : network_(network) {}
    boost::asio::awaitable<base::Result<http::ClientResponse>> send(http::ClientRequest request
    ) override
    {
        HttpBody body;
        body.content_type = request.headers.get("Content-Type").value_or("");
        body.octets = request.body;
        while (request.source) {
            const auto piece = co_await request.source->next();
            if (!piece) co_return piece.error();
            if (piece->empty()) break;
            body.octets += *piece;
        }
        if (request.source && request.source->length() != body.octets.size())
            throw std::runtime_error("a wrong Content-Length");
        co_return co_await network_(std::move(body));
    }
    void close_idle() override {}

private:
    const Network& network_;
};

std::vector<pmode::Peer> with_retry(std::vector<pmode::Peer> peers, const pmode::Retry& retry)
{
    for (auto& peer : peers)
        peer.pmode.retry = retry;
    return peers;
}

} // namespace

AccessPoint::AccessPoint(
    boost::asio::io_context& io, const Side& side, pmode::Retry retry, msh::Settings settings
)
    : participant("0203:" + base::lower(side.party_id) + ".example"), io_(io), side_(side),
      pmodes_(pmode::PModes::make(side.party_id, with_retry(side.pmodes.peers(), retry)).value()),
      settings_(std::move(settings))
{
    settings_.participants.push_back(participant);
    restart();
}

void AccessPoint::restart()
{
    running_.reset();
    running_ = std::make_unique<Running>();
    const auto lost = [](const base::Error& error) {
        throw std::runtime_error("store lost: " + error.text());
    };
    running_->queue.emplace(queue::Queue::open({.folder = folder_.path()}, lost).value());
    running_->client = std::make_unique<NetworkClient>(network);
    const msh::Parts parts{pmodes_, side_.signer, side_.trust, *running_->queue, *running_->client};
    running_->msh = std::make_unique<msh::Msh>(io_.get_executor(), settings_, parts);
}

bool run_until(boost::asio::io_context& io, const std::function<bool()>& condition)
{
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    io.restart();
    while (!condition() && std::chrono::steady_clock::now() < end)
        io.run_one_until(end);
    return condition();
}

std::string
xhe(const std::string& id, const std::string& from, const std::string& to,
    const std::string& content)
{
    const auto criterion = [](const std::string& type, const std::string& value) {
        return "<a:BusinessScopeCriterion><b:BusinessScopeCriterionTypeCode>" + type +
               "</b:BusinessScopeCriterionTypeCode><b:BusinessScopeCriterionValue>" + value +
               "</b:BusinessScopeCriterionValue></a:BusinessScopeCriterion>";
    };
    const auto party = [](const std::string& element, const std::string& participant) {
        return "<a:" + element +
               "><a:PartyIdentification><b:ID schemeID=\"iso6523-actorid-upis\">" + participant +
               "</b:ID></a:PartyIdentification></a:" + element + ">";
    };
    return "<x:XHE xmlns:x=\"http://docs.oasis-open.org/bdxr/ns/XHE/1/ExchangeHeaderEnvelope\""
           " xmlns:a=\"http://docs.oasis-open.org/bdxr/ns/XHE/1/AggregateComponents\""
           " xmlns:b=\"http://docs.oasis-open.org/bdxr/ns/XHE/1/BasicComponents\">"
           "<b:XHEVersionID>1.0</"
           "b:XHEVersionID><b:CustomizationID>urn:fdc:digg.se:edelivery:xhe:1</b:CustomizationID>"
           "<a:Header><b:ID>" +
           id +
           "</b:ID><b:CreationDateTime>2026-01-01T00:00:00Z</b:CreationDateTime><a:BusinessScope>" +
           criterion(
               "DOCUMENTID", "urn:riv:infrastructure:messaging:MessageWithAttachments:3::"
                             "messagePayload##3.0::tm-base-ext-sigenc"
           ) +
           criterion("DOCUMENTID_SCHEME", "busdox-docid-qns") +
           criterion("PROCESSID", "bdx:noprocess") +
           criterion("PROCESSID_SCHEME", "urn:fdc:digg.se:edelivery:process") +
           criterion("FEDERATIONID", "urn:fdc:digg.se:edelivery:federation:test") +
           "</a:BusinessScope>" + party("FromParty", from) + party("ToParty", to) +
           "</a:Header><a:Payloads><a:Payload><b:DocumentTypeCode>x</"
           "b:DocumentTypeCode><b:ContentTypeCode>application/xml</b:ContentTypeCode>"
           "<b:InstanceEncryptionIndicator>true</b:InstanceEncryptionIndicator><a:PayloadContent>" +
           content + "</a:PayloadContent></a:Payload></a:Payloads></x:XHE>";
}

} // namespace support
