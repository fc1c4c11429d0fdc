package dev.headroom.simulator.cli;

import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.NearestWord;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is printed on stderr when a command fails, and with which code the process ends. */
final class Failures {
    static final int INTERNAL = 1;
    static final int USAGE = 2;
    static final int DOES_NOT_FIT = 3;

    private Failures() {}

    /** Wrong options or arguments. */
    static int usage(ParameterException exception, String[] args) {
        CommandLine command = exception.getCommandLine();
        PrintWriter err = command.getErr();
        if (exception instanceof UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()) {
            unknown(unmatched.getUnmatched(), command, err);
        } else {
            err.println(exception.getMessage());
        }
        err.println("'%s --help' shows all options."
                .formatted(command.getCommandSpec().qualifiedName()));
        return USAGE;
    }

    private static void unknown(List<String> words, CommandLine command, PrintWriter err) {
        for (String word : words) {
            boolean option = word.startsWith("-") && word.length() > 1;
            int equals = word.indexOf('=');
            String name = option && equals > 0 ? word.substring(0, equals) : word;
            boolean root = command.getParent() == null;
            List<String> known = new ArrayList<>();
            for (String candidate : Main.words(command)) {
                if (candidate.startsWith("-") == option) {
                    known.add(candidate);
                }
            }
            err.println("unknown %s '%s'".formatted(option ? "option" : root ? "command" : "argument", name));
            String hint = NearestWord.hint(name, known);
            if (!hint.isEmpty()) {
                err.println(hint);
            }
            if (!option) {
                break; // What follows an unknown command was meant for it.
            }
        }
    }

    /** Anything thrown by a command. */
    static int execution(Exception exception, CommandLine command, ParseResult parsed) {
        PrintWriter err = command.getErr();
        if (exception instanceof InputException) {
            err.println(exception.getMessage());
            return USAGE;
        }
        return unexpected(exception, parsed.originalArgs(), err);
    }

    /** A bug: everything that helps to find it. */
    static int unexpected(Throwable thrown, List<String> args, PrintWriter err) {
        err.println("Internal error. This is a bug in Headroom, not in your input.");
        thrown.printStackTrace(err);
        err.println("Please report it with the trace above and the command:");
        err.println("  headroom " + String.join(" ", args));
        return INTERNAL;
    }
}
