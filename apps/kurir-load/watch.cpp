// SPDX-License-Identifier: Apache-2.0
// As much of the Prometheus text format as series without labels need.
#include "kurir-load/watch.hpp"

#include <charconv>

namespace kurir_load {

double value_in(std::string_view metrics, std::string_view series)
{
    for (std::size_t at = 0; at < metrics.size();) {
        const auto end = std::min(metrics.find('\n', at), metrics.size());
        const auto line = metrics.substr(at, end - at);
        at = end + 1;
        if (!line.starts_with(series) || line.size() <= series.size() + 1) continue;
        if (line[series.size()] != ' ') continue;
        double value = 0;
        std::from_chars(line.data() + series.size() + 1, line.data() + line.size(), value);
        return value;
    }
    return 0;
}

Sample sample_in(std::string_view metrics)
{
    return {
        value_in(metrics, "process_cpu_seconds_total"),
        value_in(metrics, "process_resident_memory_bytes"),
        value_in(metrics, "kurir_peak_resident_memory_bytes"),
        value_in(metrics, "kurir_fsyncs_total"), value_in(metrics, "kurir_commits_total")
    };
}

boost::asio::awaitable<base::Result<Sample>> look(http::Client& client, std::string url)
{
    http::ClientRequest request;
    request.method = "GET";
    request.url = std::move(url);
    const auto response = co_await client.send(std::move(request));
    if (!response) co_return response.error();
    if (response->status != 200)
        co_return base::Error(
            http::errc::bad_response, "metrics: HTTP " + std::to_string(response->status)
        );
    co_return sample_in(response->body);
}

} // namespace kurir_load
