package dev.headroom.simulator.config;

import dev.headroom.model.platform.SoftwareStack;
import dev.headroom.simulator.input.InputNode;
import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.Problems;
import dev.headroom.simulator.input.UnknownKey;
import java.util.List;
import java.util.Optional;

/** Reads the versions of the libraries a job runs on: {@code newest}, {@code torch=2.11,peft=0.21}, or a mapping. */
final class StackReader {
    private static final List<String> LIBRARIES = List.of("torch", "transformers", "peft", "cuda", "bitsandbytes");

    private StackReader() {}

    static Optional<SoftwareStack> read(InputNode node, SoftwareStack standard, Problems problems) {
        if (node instanceof Scalar scalar && (scalar.isNull() || scalar.text().equals("newest"))) {
            return Optional.of(standard);
        }
        Optional<List<Mapping.Entry>> entries = NamedValues.of(node);
        if (entries.isEmpty()) {
            problems.invalid(
                    node.place(),
                    "'stack' must name versions, found " + node.shown(),
                    "Write it like " + SoftwareStack.NEWEST + ".");
            return Optional.empty();
        }
        SoftwareStack stack = standard;
        boolean wrong = false;
        for (Mapping.Entry entry : entries.get()) {
            Optional<String> version = version(entry.value());
            if (!LIBRARIES.contains(entry.key())) {
                problems.invalid(
                        entry.keyPlace(),
                        "unknown library '%s' in 'stack'".formatted(entry.key()),
                        UnknownKey.hint(entry.key(), LIBRARIES));
                wrong = true;
            } else if (version.isEmpty()) {
                problems.invalid(
                        entry.value().place(),
                        "'stack.%s' must be a version such as 2.11, found %s"
                                .formatted(entry.key(), entry.value().shown()));
                wrong = true;
            } else {
                stack = with(stack, entry.key(), version.get());
            }
        }
        return wrong ? Optional.empty() : Optional.of(stack);
    }

    /** The two numbers that rules are keyed by: {@code 2.11} of {@code 2.11.0+cu130}. */
    private static Optional<String> version(InputNode node) {
        if (!(node instanceof Scalar scalar)
                || scalar.text().isEmpty()
                || !Character.isDigit(scalar.text().charAt(0))) {
            return Optional.empty();
        }
        String text = scalar.text();
        int dots = 0;
        int end = 0;
        while (end < text.length()) {
            char c = text.charAt(end);
            dots += c == '.' ? 1 : 0;
            if (dots == 2 || c == '+') {
                break;
            }
            if (c != '.' && !Character.isLetterOrDigit(c)) {
                return Optional.empty();
            }
            end++;
        }
        return Optional.of(text.substring(0, end));
    }

    private static SoftwareStack with(SoftwareStack stack, String library, String version) {
        return new SoftwareStack(
                library.equals("torch") ? version : stack.torch(),
                library.equals("transformers") ? version : stack.transformers(),
                library.equals("peft") ? version : stack.peft(),
                library.equals("cuda") ? version : stack.cuda(),
                library.equals("bitsandbytes") ? version : stack.bitsandbytes());
    }
}
