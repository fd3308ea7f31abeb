#include "torrentgen/origin/s3_object.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <ctime>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "common/error.hpp"
#include "common/hex.hpp"

namespace shoal::origin {
namespace {

constexpr std::string_view kScheme = "s3://";

std::string variable(std::initializer_list<const char*> names) {
    for (const char* name : names) {
        const char* value = std::getenv(name);
        if (value != nullptr && *value != '\0') return value;
    }
    return {};
}

std::string sha256(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
        throw Error(ExitCode::kFailed, "SHA-256", "OpenSSL does not do it");
    return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string hmac(const std::string& key, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(),
             &size) == nullptr)
        throw Error(ExitCode::kFailed, "HMAC", "OpenSSL does not do it");
    return {reinterpret_cast<const char*>(digest.data()), size};
}

/// "20130524T000000Z"
std::string stamp(std::int64_t now) {
    const auto time = static_cast<std::time_t>(now);
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts)};
}

/// Host with its port, and path, of a URL.
std::pair<std::string, std::string> host_and_path(const std::string& url) {
    const auto host = url.find("://") + 3;
    const auto path = std::min(url.find('/', host), url.size());
    return {url.substr(host, path - host), url.substr(path)};
}

}  // namespace

S3Store s3_store_of_environment() {
    S3Store store;
    store.endpoint = variable({"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"});
    if (const std::string region = variable({"AWS_REGION", "AWS_DEFAULT_REGION"}); !region.empty())
        store.region = region;
    store.access_key = variable({"AWS_ACCESS_KEY_ID"});
    store.secret_key = variable({"AWS_SECRET_ACCESS_KEY"});
    store.session_token = variable({"AWS_SESSION_TOKEN"});
    if (store.access_key.empty() != store.secret_key.empty()) {
        throw Error(ExitCode::kUsage,
                    store.access_key.empty() ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
                    "is not set, while the other half of the key is",
                    "set both, or neither for an object that everybody may read");
    }
    return store;
}

S3Object parse_s3_url(const std::string& url) {
    const auto slash = url.find('/', kScheme.size());
    const bool right = url.starts_with(kScheme) && slash != std::string::npos && slash > kScheme.size() &&
                       slash + 1 < url.size();
    if (!right) throw Error(ExitCode::kUsage, url, "names no object", "write it like s3://BUCKET/KEY");
    if (url.ends_with('/'))
        throw Error(ExitCode::kUsage, url, "names a folder of a bucket",
                    "name one object; web seeds of many are made of a copy, with --web-seed");
    S3Object object{url.substr(kScheme.size(), slash - kScheme.size()), url.substr(slash + 1)};
    constexpr std::string_view kInBuckets =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    if (object.bucket.find_first_not_of(kInBuckets) != std::string::npos)
        throw Error(ExitCode::kUsage, url, "this is no name of a bucket", "write it like s3://BUCKET/KEY");
    return object;
}

std::string object_url(const S3Object& object, const S3Store& store) {
    const std::string key = escaped_url(object.key, true);
    if (store.endpoint.empty()) {
        // A name with dots is none that Amazon's certificate covers.
        if (object.bucket.find('.') != std::string::npos)
            return fmt::format("https://s3.{}.amazonaws.com/{}/{}", store.region, object.bucket, key);
        return fmt::format("https://{}.s3.{}.amazonaws.com/{}", object.bucket, store.region, key);
    }
    std::string endpoint = store.endpoint;
    while (endpoint.ends_with('/')) endpoint.pop_back();
    if (!endpoint.starts_with("http://") && !endpoint.starts_with("https://"))
        throw Error(ExitCode::kUsage, "the S3 endpoint " + store.endpoint, "is no HTTP URL",
                    "write it like https://minio.fleet:9000");
    return fmt::format("{}/{}/{}", endpoint, object.bucket, key);
}

std::string presigned_url(const std::string& url, const S3Store& store, std::int64_t now,
                          std::chrono::seconds valid) {
    const std::string time = stamp(now);
    const std::string day = time.substr(0, 8);
    const std::string scope = fmt::format("{}/{}/s3/aws4_request", day, store.region);
    std::string query =
        fmt::format("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}&X-Amz-Date={}&X-Amz-Expires={}",
                    escaped_url(store.access_key + "/" + scope, false), time, valid.count());
    if (!store.session_token.empty())
        query += "&X-Amz-Security-Token=" + escaped_url(store.session_token, false);
    query += "&X-Amz-SignedHeaders=host";
    const auto [host, path] = host_and_path(url);
    const std::string request =
        fmt::format("GET\n{}\n{}\nhost:{}\n\nhost\nUNSIGNED-PAYLOAD", path, query, host);
    const std::string text = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", time, scope, hex(sha256(request)));
    std::string key = "AWS4" + store.secret_key;
    for (const std::string& part : {day, store.region, std::string("s3"), std::string("aws4_request")})
        key = hmac(key, part);
    return fmt::format("{}?{}&X-Amz-Signature={}", url, query, hex(hmac(key, text)));
}

std::string escaped_url(const std::string& text, bool path) {
    std::string out;
    for (const char byte : text) {
        const auto c = static_cast<unsigned char>(byte);
        const bool plain = (c < 0x80 && std::isalnum(c) != 0) || c == '-' || c == '_' || c == '.' ||
                           c == '~' || (path && c == '/');
        out += plain ? std::string(1, byte) : fmt::format("%{:02X}", c);
    }
    return out;
}

}  // namespace shoal::origin
