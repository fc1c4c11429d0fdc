package dev.headroom.simulator.cli;

import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.report.Listing;
import java.util.List;

/** A command that lists the entries of a catalog or shows one of them. */
abstract class CatalogCommand extends ReportCommand {
    private static final List<String> ACTIONS = List.of("list", "show");

    CatalogCommand(String name, String description, String... examples) {
        super(name, description, examples);
        exitCodes(spec(), "0:done");
        spec().addPositional(argument(0, "list|show", "What to do. Default: list."));
        spec().addPositional(argument(1, "ID", "The entry to show."));
        addOutputOptions(spec());
    }

    @Override
    public final Integer call() {
        checkOutputOptions();
        List<String> arguments = arguments();
        String action = arguments.isEmpty() ? "list" : arguments.get(0);
        if (!ACTIONS.contains(action)) {
            throw unknownWord(spec().name(), action, ACTIONS);
        }
        boolean one = action.equals("show");
        if (one != (arguments.size() > 1)) {
            throw new InputException(
                    Place.of(spec().name() + " " + action),
                    one ? "needs the id of an entry" : "takes no id, found '%s'".formatted(arguments.get(1)),
                    one ? "'headroom %s' lists all.".formatted(spec().name()) : "Maybe 'show'?");
        }
        show(one ? entry(arguments.get(1)) : all());
        return 0;
    }

    abstract Listing all();

    abstract Listing entry(String id);
}
