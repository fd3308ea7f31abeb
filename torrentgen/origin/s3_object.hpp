#pragma once

#include <chrono>
#include <cstdint>
#include <string>

/// Objects of stores that speak Amazon's S3.
namespace shoal::origin {

/// Where a store is, and who asks. Empty: not given.
struct S3Store {
    std::string endpoint;  ///< "https://minio.fleet:9000"; empty: Amazon's of the region
    std::string region = "us-east-1";
    std::string access_key;  ///< empty: asked without a signature
    std::string secret_key;
    std::string session_token;  ///< of credentials for a while
};

/// From the variables that AWS's own tools read: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION,
/// AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. Throws Error (kUsage)
/// where there is only one half of a key.
S3Store s3_store_of_environment();

struct S3Object {
    std::string bucket;
    std::string key;
};

/// "s3://BUCKET/KEY". Throws Error (kUsage) for anything else, and for a key that names no object.
S3Object parse_s3_url(const std::string& url);

/// The object's URL without a signature: below an endpoint of one's own ENDPOINT/BUCKET/KEY, at Amazon
/// https://BUCKET.s3.REGION.amazonaws.com/KEY. Throws Error (kUsage) for an endpoint that is no HTTP URL.
std::string object_url(const S3Object& object, const S3Store& store);

/// The URL with a signature in its query (Signature Version 4), with which whoever has it may read the object
/// for `valid`, counted from `now`.
/// @param url    as object_url makes it
/// @param now    seconds since 1970
/// @param valid  1 second to 7 days, the most that the signature allows
std::string presigned_url(const std::string& url, const S3Store& store, std::int64_t now,
                          std::chrono::seconds valid);

/// Every byte that may not stand in a URL as %XX (RFC 3986). @param path  slashes stay
std::string escaped_url(const std::string& text, bool path);

}  // namespace shoal::origin
