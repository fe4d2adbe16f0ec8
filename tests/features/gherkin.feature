Feature: Gherkin as Cucumber knows it
  Every construct once, for one user or for a few.

  Background:
    Given the user sends the header "X-Shown: in the background" from now on

  @outline
  Scenario Outline: Paths have a status
    When the user sends GET "<path>"
    Then the response status is <status>

    Examples:
      | path        | status |
      | /health     | 200    |
      | /nothing    | 404    |

    @more
    Examples: Private pages
      | path | status |
      | /me  | 401    |

  @texts
  Scenario: Doc strings and tables
    Given the user runs the journey "Sign in"
    When the user sends POST "/appointments" with JSON:
      """json
      { "slotId": "none" }
      """
    Then the response status is 404
    When the user sends POST "/appointments" with form:
      | name   | value |
      | slotId | none  |
    Then the response status is 404
    * the body contains "no such slot"

  @weights
  Scenario: Weighted journeys
    Given users run these journeys:
      | journey  | weight |
      | Often    | 9      |
      | Seldom   | 1      |
    And every user does 20 iterations

  @fresh-session @iterations(3) @users(2)
  Scenario: A session for each iteration
    Given the user runs the journey "Sign in"
    When the user sends GET "/me"
    Then the response status is 200

  @users(3) @iterations(2) @limits
  Scenario: Limits by tag
    Given the user runs the journey "Sign in"
    When the user sends GET "/me"
    Then the response status is 200

  @journey
  Scenario: Often
    Given the user runs the journey "Sign in"
    When the user sends GET "/me"
    Then the response status is 200

  @journey
  Scenario: Seldom
    Given the user runs the journey "Sign in"
    When the user sends GET "/me/card"
    Then the response status is 200

  Rule: Rules have scenarios

    Background:
      Given the user runs the journey "Sign in"

    @in-a-rule
    Scenario: In a rule
      When the user sends GET "/me"
      Then the response shows the user's own email
