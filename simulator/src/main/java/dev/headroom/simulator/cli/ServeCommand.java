package dev.headroom.simulator.cli;

import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.web.WebServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Model.CommandSpec;

/** {@code headroom serve}: the page and the HTTP API, until it is interrupted. */
final class ServeCommand implements Callable<Integer> {
    private static final String PORT = "--port";
    private static final String HOST = "--host";
    private static final int STANDARD_PORT = 8080;
    private static final int HIGHEST_PORT = 65_535;

    private final CommandSpec spec;

    ServeCommand() {
        spec = CommandSpec.wrapWithoutInspection(this).name("serve").addOption(ReportCommand.help());
        spec.addOption(
                ReportCommand.option(PORT, "N", "Port; 0 takes any that is free. Default: " + STANDARD_PORT + "."));
        spec.addOption(ReportCommand.option(
                HOST, "H", "Name or address to bind to. Default: 127.0.0.1, which only this machine reaches."));
        spec.usageMessage()
                .description("Serves the page and the HTTP API until it is interrupted (Ctrl-C).")
                .sortOptions(false)
                .abbreviateSynopsis(true)
                .optionListHeading("%nOptions:%n")
                .footerHeading("%nExamples:%n")
                .footer("  headroom serve", "  headroom serve --port 9000 --host 0.0.0.0");
        ReportCommand.exitCodes(spec, "0:interrupted");
    }

    CommandSpec spec() {
        return spec;
    }

    @Override
    public Integer call() throws InterruptedException {
        String host = value(HOST, "127.0.0.1");
        int port = port(value(PORT, Integer.toString(STANDARD_PORT)));
        PrintWriter err = spec.commandLine().getErr();
        try (WebServer server = WebServer.start(WebServer.Settings.of(host, port, bug -> report(bug, err)))) {
            server.warmUp();
            PrintWriter out = spec.commandLine().getOut();
            out.println("Headroom is at " + url(server.address()) + " (Ctrl-C ends it)");
            out.flush();
            new CountDownLatch(1).await();
            return 0;
        } catch (IOException | IllegalArgumentException e) {
            throw new InputException(
                    Place.of(PORT),
                    "cannot serve at %s:%d: %s".formatted(host, port, e.getMessage()),
                    "Maybe another program has the port; --port 0 takes any that is free.");
        }
    }

    private String value(String option, String standard) {
        return spec.commandLine().getParseResult().matchedOptionValue(option, standard);
    }

    private static int port(String text) {
        try {
            int port = Integer.parseInt(text);
            if (port >= 0 && port <= HIGHEST_PORT) {
                return port;
            }
        } catch (NumberFormatException e) {
            // Refused below, as a number out of range is.
        }
        throw new InputException(
                Place.of(PORT), "must be a whole number from 0 to %d, found '%s'".formatted(HIGHEST_PORT, text));
    }

    private static String url(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return "http://%s:%d/"
                .formatted(address.getAddress() instanceof Inet6Address ? "[" + host + "]" : host, address.getPort());
    }

    private static void report(Throwable bug, PrintWriter err) {
        err.println("Internal error. This is a bug in Headroom.");
        bug.printStackTrace(err);
        err.flush();
    }
}
