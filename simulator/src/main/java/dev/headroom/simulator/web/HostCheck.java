package dev.headroom.simulator.web;

import com.sun.net.httpserver.Headers;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Refuses requests that were meant for another server. A page of a foreign name that resolves to this machine (DNS
 * rebinding) sends that name; an address in figures cannot be rebound.
 */
final class HostCheck {
    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("\\[[0-9a-fA-F:.]+]");

    private final Set<String> names;

    /**
     * @param name the name that the server was told to bind to
     */
    HostCheck(String name) {
        names = new HashSet<>(List.of("localhost", name.toLowerCase(Locale.ROOT)));
    }

    /**
     * @throws RefusedRequest if the request is for another host, or comes from a foreign page
     */
    void check(Headers headers) {
        List<String> hosts = headers.getOrDefault("Host", List.of());
        if (hosts.size() != 1 || !isOurs(hosts.get(0))) {
            throw new RefusedRequest(
                    Reply.MISDIRECTED,
                    "this server is not '%s'; start it with --host to let it answer to another name"
                            .formatted(shortened(String.join(", ", hosts))));
        }
        Optional<String> site = Optional.ofNullable(headers.getFirst("Sec-Fetch-Site"));
        String mode = Optional.ofNullable(headers.getFirst("Sec-Fetch-Mode")).orElse("");
        if (site.filter("cross-site"::equals).isPresent() && !mode.equals("navigate")) {
            throw new RefusedRequest(Reply.FORBIDDEN, "pages of other sites may not ask this server");
        }
    }

    private boolean isOurs(String host) {
        String name = host.replaceFirst(":\\d{1,5}$", "");
        return names.contains(name.toLowerCase(Locale.ROOT))
                || IPV4.matcher(name).matches()
                || IPV6.matcher(name).matches();
    }

    private static String shortened(String text) {
        return text.length() > 100 ? text.substring(0, 100) + "…" : text;
    }
}
