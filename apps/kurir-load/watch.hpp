// SPDX-License-Identifier: Apache-2.0
// What a daemon says of itself in its metrics, before and after.
#pragma once

#include "http/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace kurir_load {

struct Sample {
    double cpu_seconds = 0;
    double memory = 0;      // octets resident
    double peak_memory = 0; // since the daemon's start
    double syncs = 0;
    double commits = 0;
};

// The value of a series without labels in the text format; 0 if it is not there.
double value_in(std::string_view metrics, std::string_view series);
Sample sample_in(std::string_view metrics);

// From "http://HOST:PORT/metrics" or "unix:SOCKET:/metrics". Errors of http.
boost::asio::awaitable<base::Result<Sample>> look(http::Client& client, std::string url);

} // namespace kurir_load
