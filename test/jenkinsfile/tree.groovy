// Reads a Jenkinsfile as Jenkins' Groovy does and prints what it found as JSON: the tree of its calls, the functions it
// defines, and their names. Only parsed, not compiled: what `pipeline` and the steps are, the plugins know.

import groovy.json.JsonOutput
import org.codehaus.groovy.ast.expr.*
import org.codehaus.groovy.ast.CodeVisitorSupport
import org.codehaus.groovy.ast.stmt.Statement
import org.codehaus.groovy.control.*

def unit = new CompilationUnit()
unit.addSource(new File(args[0]))
try {
  unit.compile(Phases.CONVERSION)
} catch (MultipleCompilationErrorsException error) {
  System.err.println(error.message)
  System.exit(1)
}
def module = unit.AST.modules[0]

/** The value of a constant, the source of a text with `${…}`, the same for each element of a list or a map; nothing for anything else. */
def value
value = { Expression expression ->
  switch (expression) {
    case ConstantExpression: return expression.value
    case GStringExpression: return expression.text
    case MapExpression: return expression.mapEntryExpressions.collectEntries { [(it.keyExpression.text): value(it.valueExpression)] }
    case TupleExpression: case ListExpression: return expression.expressions.collect(value)
    default: return null
  }
}

class Calls extends CodeVisitorSupport {
  Closure value
  List found = []

  void visitMethodCallExpression(MethodCallExpression call) {
    def outer = found
    def inside = []
    found = inside
    super.visitMethodCallExpression(call)
    found = outer
    // `a.b()` is a method of an object; a step or a section is called on nothing.
    def given = call.arguments instanceof TupleExpression ? call.arguments.expressions : [call.arguments]
    found << [
      name: call.methodAsString, free: call.implicitThis, line: call.lineNumber, arguments: given.collect(value), inside: inside,
    ]
  }

  /** Reads `FOO = 'bar'` in a section. */
  void visitBinaryExpression(BinaryExpression expression) {
    super.visitBinaryExpression(expression)
    if (expression.operation.text == '=')
      found << [name: '=', free: false, line: expression.lineNumber, arguments: [expression.leftExpression.text, value(expression.rightExpression)], inside: []]
  }
}

def calls = { Statement statement ->
  def visitor = new Calls(value: value)
  statement.visit(visitor)
  visitor.found
}
println JsonOutput.toJson([
  calls: calls(module.statementBlock),
  functions: module.methods.collectEntries { [(it.name): calls(it.code)] },
])
