// SPDX-License-Identifier: Apache-2.0
// Sends a request on an idle connection from the pool, or on a new one if the pool has none.
#include "http/client.hpp"

#include "http/dial.hpp"
#include "http/exchange.hpp"
#include "http/pool.hpp"

namespace http {

namespace {

class PoolingClient final : public Client {
public:
    PoolingClient(
        asio::any_io_executor executor, std::shared_ptr<asio::ssl::context> tls,
        const ClientLimits& limits
    )
        : executor_(std::move(executor)), own_(std::make_shared<Destination>()), limits_(limits),
          pool_(limits.kept, limits.kept_for)
    {
        own_->tls = std::move(tls);
        if (limits_.user_agent.empty()) limits_.user_agent = "Kurir/" KURIR_VERSION;
    }
    asio::awaitable<base::Result<ClientResponse>> send(ClientRequest request) override;
    void close_idle() override { pool_.clear(); }

private:
    asio::awaitable<Attempt>
    attempt(std::unique_ptr<Connection> connection, ClientRequest& request, const Url& url);

    asio::any_io_executor executor_;
    std::shared_ptr<Destination> own_;
    ClientLimits limits_;
    Resolver resolver_;
    Pool pool_;
};

asio::awaitable<Attempt> PoolingClient::attempt(
    std::unique_ptr<Connection> connection, ClientRequest& request, const Url& url
)
{
    auto attempt = co_await exchange(*connection, request, url, limits_);
    if (attempt.reusable) pool_.put(request.destination, url.origin(), std::move(connection));
    co_return attempt;
}

asio::awaitable<base::Result<ClientResponse>> PoolingClient::send(ClientRequest request)
{
    const auto url = parse_url(request.url);
    if (!url) co_return url.error();
    if (!request.destination) request.destination = own_;
    auto kept = pool_.take(request.destination, url->origin());
    if (kept) {
        auto first = co_await attempt(std::move(kept), request, *url);
        // [RFC 9112 9.3.1] The server may close an idle connection at any time, also while the
        // client sends a request on it.
        const bool again = first.just_closed && !request.source;
        if (!again) co_return std::move(first.answer);
    }
    auto fresh = co_await dial(
        executor_, resolver_, *url, *request.destination, limits_.user_agent, limits_.connect
    );
    if (!fresh) co_return fresh.error();
    auto only = co_await attempt(std::move(*fresh), request, *url);
    co_return std::move(only.answer);
}

} // namespace

std::unique_ptr<Client> Client::make(
    asio::any_io_executor executor, std::shared_ptr<asio::ssl::context> tls,
    const ClientLimits& limits
)
{
    return std::make_unique<PoolingClient>(std::move(executor), std::move(tls), limits);
}

} // namespace http
