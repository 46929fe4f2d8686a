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
        body.url = request.url;
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
    running_->msh = std::make_unique<msh::Msh>(io_.get_executor(), settings_, parts());
}

void AccessPoint::restart(std::vector<pmode::Peer> peers)
{
    running_.reset();
    pmodes_ = pmode::PModes::make(side_.party_id, std::move(peers)).value();
    restart();
}

bool run_until(boost::asio::io_context& io, const std::function<bool()>& condition)
{
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    io.restart();
    while (!condition() && std::chrono::steady_clock::now() < end)
        io.run_one_until(end);
    return condition();
}

} // namespace support
